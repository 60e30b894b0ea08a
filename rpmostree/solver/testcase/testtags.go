package testcase

import (
	"bufio"
	"bytes"
	"fmt"
	"hash/maphash"
	"io"
	"strconv"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// maxLine bounds a line of testtags.
const maxLine = 16 << 20

// ReadTestTags adds the packages of a repository in testtags format, with which libsolv's testcases describe packages:
//
//	=Ver: 3.0
//	=Pkg: bash 5.2 1 x86_64
//	=Prv: bash = 5.2-1
//	+Req:
//	libc.so.6
//	-Req:
//
// Lines with unknown tags are skipped. In versions below 3 each package provides itself.
func ReadTestTags(pool *solver.Pool, repo *solver.Repo, r io.Reader) error {
	t := tagReader{pool: pool, repo: repo, selfProvides: true, br: bufio.NewReaderSize(r, 128<<10)}
	for {
		line, err := t.line()
		if err == io.EOF {
			t.finish()
			return nil
		}
		if err != nil {
			return fmt.Errorf("testtags line %d: %w", t.number, err)
		}
		if err := t.take(line); err != nil {
			return fmt.Errorf("testtags line %d: %w", t.number, err)
		}
	}
}

type tagReader struct {
	pool *solver.Pool
	repo *solver.Repo
	br   *bufio.Reader
	long []byte // a line longer than the reader's buffer

	number       int
	version      int
	selfProvides bool
	block        [3]byte // tag of the open +Tag: block
	inBlock      bool
	blockList    *[]solver.ID // where the lines of the block go, if they are dependencies

	open  bool // a package is being read
	d     solver.SolvableData
	files []byte   // paths of the package, one after the other
	ends  []int    // where each path ends in files
	early [][]byte // version 2: provides that begin with "/" are files, unless other provides follow

	recent depCache
}

// line returns the next line without its end; it is valid until the next call.
func (t *tagReader) line() ([]byte, error) {
	t.number++
	line, err := t.br.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		t.long = append(t.long[:0], line...)
		for err == bufio.ErrBufferFull && len(t.long) <= maxLine {
			line, err = t.br.ReadSlice('\n')
			t.long = append(t.long, line...)
		}
		if len(t.long) > maxLine {
			return nil, fmt.Errorf("line longer than %d bytes", maxLine)
		}
		line = t.long
	}
	if err == io.EOF && len(line) > 0 {
		err = nil
	}
	return bytes.TrimSuffix(line, []byte("\n")), err
}

func (t *tagReader) take(line []byte) error {
	if t.inBlock {
		if len(line) > 3 && line[0] == '-' && [3]byte(line[1:4]) == t.block {
			t.inBlock = false
			return nil
		}
		if t.blockList != nil {
			return t.dep(t.blockList, line)
		}
		return t.tag(t.block, line)
	}
	if len(line) < 5 || line[4] != ':' {
		return nil
	}
	tag := [3]byte(line[1:4])
	switch line[0] {
	case '+':
		t.inBlock, t.block, t.blockList = true, tag, nil
		if t.open {
			t.blockList = t.list(tag)
		}
	case '=':
		return t.tag(tag, bytes.TrimPrefix(line[5:], []byte(" ")))
	}
	return nil
}

// tag takes one value.
func (t *tagReader) tag(tag [3]byte, value []byte) error {
	switch string(tag[:]) {
	case "Ver":
		t.version = leadingInt(value)
		t.selfProvides = t.version < 3 || bytes.Contains(value, []byte("addselfprovides"))
		return nil
	case "Pkg":
		t.finish()
		t.begin(value)
		return nil
	}
	if !t.open {
		return nil
	}
	d := &t.d
	switch string(tag[:]) {
	case "Vnd":
		d.Vendor = t.pool.Intern(value)
	case "Tim":
		d.BuildTime = uint32(leadingInt(value))
	case "Iti":
		d.InstallTime = uint32(leadingInt(value))
	case "Flv":
		d.Flavors = append(d.Flavors, t.pool.Intern(value))
	case "Fls":
		t.file(value)
	default:
		if list := t.list(tag); list != nil {
			return t.dep(list, value)
		}
		if string(tag[:]) == "Prv" {
			return t.provide(value)
		}
	}
	return nil
}

// list is the dependency list that a tag names.
func (t *tagReader) list(tag [3]byte) *[]solver.ID {
	d := &t.d
	switch string(tag[:]) {
	case "Prv":
		if t.version != 2 {
			return &d.Provides
		}
	case "Req":
		return &d.Requires
	case "Prq":
		return &d.PreRequires
	case "Obs":
		return &d.Obsoletes
	case "Con":
		return &d.Conflicts
	case "Rec":
		return &d.Recommends
	case "Sup":
		return &d.Supplements
	case "Sug":
		return &d.Suggests
	case "Enh":
		return &d.Enhances
	case "Ipr":
		return &d.PreIgnoreInst
	case "Owr":
		return &d.OrderWithRequires
	}
	return nil
}

func leadingInt(s []byte) int {
	i := 0
	for i < len(s) && i < 18 && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	n, _ := strconv.Atoi(string(s[:i]))
	return n
}

// begin starts a package: "name version release arch", where "-" is an absent release or architecture. With another number
// of words it is no package, and passed over with its lines, as libsolv does.
func (t *tagReader) begin(value []byte) {
	var f [4][]byte
	n := 0
	for word := range bytes.FieldsSeq(value) {
		if n == 4 {
			return
		}
		f[n] = word
		n++
	}
	if n != 4 {
		return
	}
	evr := f[1]
	if string(f[2]) != "-" {
		evr = append(append(append(make([]byte, 0, 64), f[1]...), '-'), f[2]...)
	}
	if len(evr) > 2 && evr[0] == '0' && evr[1] == ':' {
		evr = evr[2:]
	}
	t.open = true
	t.d.Name, t.d.EVR = t.pool.Intern(f[0]), t.pool.Intern(evr)
	if string(f[3]) != "-" {
		t.d.Arch = t.pool.Intern(f[3])
	}
}

func (t *tagReader) dep(list *[]solver.ID, value []byte) error {
	slot := t.recent.slot(value)
	if slot != nil && string(slot.text[:slot.n]) == string(value) {
		*list = append(*list, slot.id)
		return nil
	}
	id, err := t.depID(value)
	if err != nil {
		return err
	}
	if id == 0 {
		return fmt.Errorf("%w %q", errDep, clip(value))
	}
	if slot != nil {
		slot.id, slot.n = id, uint8(copy(slot.text[:], value))
	}
	*list = append(*list, id)
	return nil
}

// depCache remembers dependencies by their text: many packages have the same ones. A slot holds the last of the texts
// that fall into it.
type depCache struct {
	seed  maphash.Seed
	slots []depSlot
}

type depSlot struct {
	id   solver.ID
	n    uint8
	text [51]byte
}

// slot is where a text belongs; nil when it is too long or empty.
func (c *depCache) slot(text []byte) *depSlot {
	if len(text) == 0 || len(text) > len(depSlot{}.text) {
		return nil
	}
	if c.slots == nil {
		c.seed, c.slots = maphash.MakeSeed(), make([]depSlot, 1<<11)
	}
	return &c.slots[maphash.Bytes(c.seed, text)&(1<<11-1)]
}

// depID reads a dependency; what begins with a slash is a path whatever follows. The common forms, a word or a word, an
// operator and a version, are read without the general parser.
func (t *tagReader) depID(s []byte) (solver.ID, error) {
	if len(s) > 0 && s[0] == '/' {
		return t.pool.Intern(s), nil
	}
	if plain(s) {
		return t.pool.Intern(s), nil
	}
	if i := bytes.IndexByte(s, ' '); i > 0 && plain(s[:i]) {
		rest := s[i+1:]
		if j := bytes.IndexByte(rest, ' '); j > 0 && j < 4 && plain(rest[j+1:]) {
			if op := comparison(rest[:j]); op != 0 {
				return t.pool.Rel(t.pool.Intern(s[:i]), op, t.pool.Intern(rest[j+1:])), nil
			}
		}
	}
	return parseDep(t.pool, s)
}

// plain reports a word that is nothing but a string: a colon may stand in a version, but ":any" and "namespace:" mean
// something, and parentheses have to pair up.
func plain(s []byte) bool {
	open := 0
	for _, c := range s {
		switch c {
		case '(':
			open++
		case ')':
			if open--; open < 0 {
				return false
			}
		case '<', '>', '=', '[', '\\':
			return false
		default:
			if c <= '!' {
				return false
			}
		}
	}
	return open == 0 && len(s) > 0 && s[0] != '(' && !bytes.HasSuffix(s, []byte(":any")) && !bytes.HasPrefix(s, []byte("namespace:"))
}

func comparison(s []byte) solver.Op {
	switch string(s) {
	case "=":
		return solver.OpEQ
	case ">=":
		return solver.OpGT | solver.OpEQ
	case "<=":
		return solver.OpLT | solver.OpEQ
	case ">":
		return solver.OpGT
	case "<":
		return solver.OpLT
	}
	return 0
}

// provide takes a provide of version 2, which wrote the file list behind the provides: a path is a provide only if others
// follow.
func (t *tagReader) provide(value []byte) error {
	if len(value) > 0 && value[0] == '/' {
		t.early = append(t.early, bytes.Clone(value))
		return nil
	}
	for _, path := range t.early {
		t.d.Provides = append(t.d.Provides, t.pool.Intern(path))
	}
	t.early = t.early[:0]
	return t.dep(&t.d.Provides, value)
}

func (t *tagReader) file(path []byte) {
	if bytes.IndexByte(path, '/') < 0 {
		return
	}
	t.files = append(t.files, path...)
	t.ends = append(t.ends, len(t.files))
}

// finish adds the package that was read.
func (t *tagReader) finish() {
	if !t.open {
		return
	}
	d := &t.d
	for _, path := range t.early {
		t.file(path)
	}
	if t.version == 2 {
		rewriteSUSE(t.pool, d)
	}
	if t.selfProvides && d.Arch != solver.ArchSrc && d.Arch != solver.ArchNosrc {
		d.Provides = append(d.Provides, t.pool.Rel(d.Name, solver.OpEQ, d.EVR))
	}
	id := t.repo.Add(d)
	start := 0
	for _, end := range t.ends {
		t.repo.AddFile(id, t.files[start:end])
		start = end
	}
	t.reset()
}

// reset empties the lists for the next package and keeps their memory.
func (t *tagReader) reset() {
	d := &t.d
	t.d = solver.SolvableData{
		Provides: d.Provides[:0], Requires: d.Requires[:0], PreRequires: d.PreRequires[:0], Conflicts: d.Conflicts[:0],
		Obsoletes: d.Obsoletes[:0], Recommends: d.Recommends[:0], Suggests: d.Suggests[:0], Supplements: d.Supplements[:0],
		Enhances: d.Enhances[:0], PreIgnoreInst: d.PreIgnoreInst[:0], OrderWithRequires: d.OrderWithRequires[:0], Flavors: d.Flavors[:0],
	}
	t.open, t.files, t.ends, t.early = false, t.files[:0], t.ends[:0], t.early[:0]
}
