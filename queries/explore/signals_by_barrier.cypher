//| id: signals_by_barrier
//| asks: How many signals of which kind does each partner hold at each barrier?
//| example: barrier query signals_by_barrier --store barrier-demo.barrier

MATCH (s:Signal)
RETURN s.barrier AS barrier, s.kind AS kind, s.holder AS holder, count(DISTINCT coalesce(s.origin, s.id)) AS origins, count(s) AS signals
ORDER BY origins DESC, barrier, kind, holder
