package rpmdb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nestos-dev/nestos/rpmostree/rpmdb/internal/sqlite"
)

// Problem is something wrong with a database.
type Problem struct {
	Num uint32 // package that it concerns; 0 is the database itself
	Err error
}

// String returns the problem as a line without its end.
func (p Problem) String() string {
	if p.Num == 0 {
		return p.Err.Error()
	}
	return fmt.Sprintf("package #%d: %v", p.Num, p.Err)
}

// Verify checks a database and returns what is wrong with it, nothing if it is
// sound; err tells that the check could not be completed. It does what rpm
// --verifydb and a query of all packages do:
//
//   - the digests of every header, as rpm.Header.CheckDigests
//   - for sqlite the whole file, as PRAGMA integrity_check and foreign_key_check:
//     every page is used once, trees are sorted, indexes agree with tables, rows
//     belong to packages
//
// and in addition, for sqlite, that the tables have the rows that follow from
// the headers. Signatures are not checked.
func (d *DB) Verify(ctx context.Context) (problems []Problem, err error) {
	s, isSQLite := d.store.(*sqliteStore)
	if isSQLite {
		for _, err := range s.file.Check() {
			problems = append(problems, Problem{Err: err})
		}
		if len(problems) > 0 {
			// What is in broken trees tells nothing more.
			return problems, nil
		}
	}
	var records []Record
	for r, err := range d.Records(ctx) {
		if bad := (*RecordError)(nil); errors.As(err, &bad) {
			problems = append(problems, Problem{bad.Num, bad.Err})
			continue
		}
		if err != nil {
			return problems, err
		}
		if err := r.Header.CheckDigests(); err != nil {
			problems = append(problems, Problem{r.Num, err})
		}
		records = append(records, r)
	}
	if isSQLite && len(problems) == 0 {
		more, err := s.verifyIndexes(ctx, records)
		return append(problems, more...), err
	}
	return problems, nil
}

// storedRow is a row of an index table.
type storedRow struct {
	indexRow
	num int64
}

// verifyIndexes compares the tables with what the headers say. The order of
// rows does not matter.
func (s *sqliteStore) verifyIndexes(ctx context.Context, records []Record) ([]Problem, error) {
	schema, err := s.file.Schema()
	if err != nil {
		return nil, err
	}
	var problems []Problem
	for i := range indexes {
		if ctx.Err() != nil {
			return problems, ctx.Err()
		}
		x := &indexes[i]
		root, ok := sqlite.FindTable(schema, x.name)
		if !ok {
			problems = append(problems, Problem{Err: fmt.Errorf("no table %s", x.name)})
			continue
		}
		found, err := s.table(root)
		if err != nil {
			problems = append(problems, Problem{Err: fmt.Errorf("table %s: %w", x.name, err)})
			continue
		}
		problems = append(problems, x.compare(found, records)...)
	}
	return problems, nil
}

func (s *sqliteStore) table(root uint32) ([]storedRow, error) {
	var out []storedRow
	var vals []sqlite.Value
	for row, err := range s.file.Rows(root) {
		if err != nil {
			return nil, err
		}
		if vals, err = sqlite.ParseRecord(vals[:0], row.Record); err != nil {
			return nil, err
		}
		if len(vals) != 3 || !vals[0].IsBytes() {
			return nil, fmt.Errorf("row %d has %d columns", row.ID, len(vals))
		}
		num, ok1 := vals[1].Int()
		idx, ok2 := vals[2].Int()
		if !ok1 || !ok2 || int64(uint32(idx)) != idx {
			return nil, fmt.Errorf("row %d has no numbers", row.ID)
		}
		out = append(out, storedRow{indexRow{string(vals[0].Data), uint32(idx)}, num})
	}
	return out, nil
}

// compare reports, for each package, whether rows are missing or excess.
func (x *index) compare(found []storedRow, records []Record) []Problem {
	balance := make(map[int64]map[indexRow]int)
	for _, f := range found {
		if balance[f.num] == nil {
			balance[f.num] = make(map[indexRow]int)
		}
		balance[f.num][f.indexRow]--
	}
	var problems []Problem
	var rows []indexRow
	for _, r := range records {
		have := balance[int64(r.Num)]
		rows = x.rows(rows[:0], r.Header)
		missing := 0
		for _, row := range rows {
			if have[row] < 0 {
				have[row]++
			} else {
				missing++
			}
		}
		if missing > 0 {
			problems = append(problems, Problem{r.Num, fmt.Errorf("%d rows are missing in table %s", missing, x.name)})
		}
		if n := excess(have); n > 0 {
			problems = append(problems, Problem{r.Num, fmt.Errorf("%d rows too many in table %s", n, x.name)})
		}
		delete(balance, int64(r.Num))
	}
	var orphans []int64
	for num := range balance {
		orphans = append(orphans, num)
	}
	slices.Sort(orphans)
	for _, num := range orphans {
		problems = append(problems, Problem{Err: fmt.Errorf("%d rows of table %s belong to package #%d, which does not exist", excess(balance[num]), x.name, num)})
	}
	return problems
}

func excess(balance map[indexRow]int) (n int) {
	for _, c := range balance {
		n -= c
	}
	return n
}
