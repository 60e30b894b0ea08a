package testcase

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

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
	t := tagReader{pool: pool, repo: repo, selfProvides: true, r: r, window: make([]byte, 128<<10)}
	for {
		line, err := t.line()
		if err == io.EOF {
			t.finish()
			t.flush()
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
	r    io.Reader
	err  error // of r

	window     []byte // window[start:end] is to be read
	start, end int

	number       int
	version      int
	selfProvides bool
	block        [3]byte // tag of the open +Tag: block
	inBlock      bool
	blockList    *[]solver.ID // where the lines of the block go, if they are dependencies

	open    bool // a package is being read
	current packageEnd
	files   []byte   // paths, one after the other
	ends    []int    // where each path ends in files
	early   [][]byte // version 2: provides that begin with "/" are files, unless other provides follow

	pending pendingDeps
	// What has got its ids, of the first package that was not added yet.
	d       solver.SolvableData
	ids     []solver.ID // its name, version and architecture, if it has one
	vendors []solver.ID // of which the last counts
}

// line returns the next line without its end; it is valid until more is read into the window.
func (t *tagReader) line() ([]byte, error) {
	t.number++
	scanned := 0
	for {
		rest := t.window[t.start:t.end]
		if i := bytes.IndexByte(rest[scanned:], '\n'); i >= 0 {
			i += scanned
			t.start += i + 1
			return rest[:i], nil
		}
		if t.err != nil {
			if t.err != io.EOF || len(rest) == 0 {
				return nil, t.err
			}
			t.start = t.end
			return rest, nil
		}
		if len(rest) > maxLine {
			return nil, fmt.Errorf("line longer than %d bytes", maxLine)
		}
		scanned = len(rest)
		t.refill()
	}
}

// refill reads more of the line at the end of the window, which becomes larger if the line fills it.
func (t *tagReader) refill() {
	t.flush() // what is pending lies in the window
	from := t.window
	if t.end-t.start == len(t.window) {
		t.window = make([]byte, 2*len(t.window))
	}
	t.start, t.end = 0, copy(t.window, from[t.start:t.end])
	for empty := 0; t.err == nil; empty++ {
		var n int
		n, t.err = t.r.Read(t.window[t.end:])
		t.end += n
		if n > 0 {
			return
		}
		if empty == 100 && t.err == nil {
			t.err = io.ErrNoProgress
		}
	}
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
		t.flush()
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
		t.push(&t.vendors, value)
	case "Tim":
		t.current.buildTime = uint32(leadingInt(value))
	case "Iti":
		t.current.installTime = uint32(leadingInt(value))
	case "Flv":
		t.push(&d.Flavors, value)
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
		start := len(t.pending.text)
		t.pending.text = append(append(append(t.pending.text, f[1]...), '-'), f[2]...)
		evr = t.pending.text[start:]
	}
	if len(evr) > 2 && evr[0] == '0' && evr[1] == ':' {
		evr = evr[2:]
	}
	t.open = true
	t.push(&t.ids, f[0])
	t.push(&t.ids, evr)
	if string(f[3]) != "-" {
		t.push(&t.ids, f[3])
	}
}

// pendingDeps are dependencies that were read and have no ids yet. They get them in the order in which they were read, those
// of some packages together, which is faster.
type pendingDeps struct {
	deps     []solver.DepText
	runs     []pendingRun
	packages []packageEnd
	ids      []solver.ID
	text     []byte // of versions that do not stand in the window as they are needed
}

// pendingRun tells where some of the ids in turn go. Without a list it is the end of a package.
type pendingRun struct {
	list *[]solver.ID
	n    int
}

// packageEnd is what else there is to know of a package when its end is reached.
type packageEnd struct {
	buildTime, installTime uint32
	files                  int // where its files end in tagReader.ends
}

// manyPending is how many dependencies are enough to be worked upon together.
const manyPending = 256

func (t *tagReader) push(list *[]solver.ID, s []byte) { t.pushDep(list, solver.DepText{Name: s}) }

func (t *tagReader) pushDep(list *[]solver.ID, dep solver.DepText) {
	p := &t.pending
	p.deps = append(p.deps, dep)
	if n := len(p.runs); n > 0 && p.runs[n-1].list == list {
		p.runs[n-1].n++
		return
	}
	p.runs = append(p.runs, pendingRun{list, 1})
}

// flush gives ids to what is pending and adds the packages that are complete.
func (t *tagReader) flush() {
	p := &t.pending
	p.ids = t.pool.InternDeps(p.ids[:0], p.deps)
	ids, files, packages := p.ids, 0, p.packages
	for _, run := range p.runs {
		if run.list == nil {
			t.add(&packages[0], files)
			files, packages = packages[0].files, packages[1:]
			continue
		}
		*run.list = append(*run.list, ids[:run.n]...)
		ids = ids[run.n:]
	}
	t.dropFiles(files)
	p.deps, p.runs, p.packages, p.text = p.deps[:0], p.runs[:0], p.packages[:0], p.text[:0]
}

// dep takes a dependency; what begins with a slash is a path whatever follows. The common forms, a word or a word, an
// operator and a version, are read without the general parser.
func (t *tagReader) dep(list *[]solver.ID, s []byte) error {
	if len(s) > 0 && s[0] == '/' {
		t.push(list, s)
		return nil
	}
	switch n := plainPrefix(s); {
	case n == len(s) && plainName(s):
		t.push(list, s)
		return nil
	case n < len(s) && s[n] == ' ' && plainName(s[:n]):
		rest := s[n+1:]
		i := bytes.IndexByte(rest[:min(len(rest), 3)], ' ')
		if i <= 0 {
			break
		}
		op, version := comparison(rest[:i]), rest[i+1:]
		if op != 0 && len(version) > 0 && plainPrefix(version) == len(version) && plainName(version) {
			t.pushDep(list, solver.DepText{Name: s[:n], Op: op, Version: version})
			return nil
		}
	}
	t.flush()
	id, err := parseDep(t.pool, s)
	if err != nil {
		return err
	}
	if id == 0 {
		return fmt.Errorf("%w %q", errDep, clip(s))
	}
	*list = append(*list, id)
	return nil
}

// plainPrefix is the length of the word at the beginning of s that is nothing but a string: without escapes and operators,
// and with parentheses that pair up.
func plainPrefix(s []byte) int {
	open := 0
	for i, c := range s {
		if plainByte[c] {
			continue
		}
		switch c {
		case '(':
			open++
		case ')':
			open--
		}
		if c != '(' && c != ')' || open < 0 {
			if open != 0 {
				return 0
			}
			return i
		}
	}
	if open != 0 {
		return 0
	}
	return len(s)
}

// plainByte tells which bytes mean nothing in a word.
var plainByte = func() (plain [256]bool) {
	for c := '!' + 1; c < 256; c++ {
		plain[c] = !strings.ContainsRune("()<>=[\\", c)
	}
	return plain
}()

// plainName tells that a word is no name of a special meaning: a colon may stand in a version, but ":any" and "namespace:"
// mean something.
func plainName(s []byte) bool {
	return len(s) > 0 && s[0] != '(' && !bytes.HasSuffix(s, []byte(":any")) && !bytes.HasPrefix(s, []byte("namespace:"))
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
		t.push(&t.d.Provides, path)
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

// finish ends the package that was read.
func (t *tagReader) finish() {
	if !t.open {
		return
	}
	for _, path := range t.early {
		t.file(path)
	}
	p := &t.pending
	t.current.files = len(t.ends)
	p.packages = append(p.packages, t.current)
	p.runs = append(p.runs, pendingRun{})
	t.open, t.current, t.early = false, packageEnd{}, t.early[:0]
	if len(p.deps) >= manyPending || t.version == 2 || t.selfProvides {
		t.flush()
	}
}

// add adds a package to the repository; its files begin at number files.
func (t *tagReader) add(end *packageEnd, files int) {
	d := &t.d
	d.Name, d.EVR = t.ids[0], t.ids[1]
	if len(t.ids) > 2 {
		d.Arch = t.ids[2]
	}
	if n := len(t.vendors); n > 0 {
		d.Vendor = t.vendors[n-1]
	}
	d.BuildTime, d.InstallTime = end.buildTime, end.installTime
	if t.version == 2 {
		rewriteSUSE(t.pool, d)
	}
	if t.selfProvides && d.Arch != solver.ArchSrc && d.Arch != solver.ArchNosrc {
		d.Provides = append(d.Provides, t.pool.Rel(d.Name, solver.OpEQ, d.EVR))
	}
	id := t.repo.Add(d)
	start := 0
	if files > 0 {
		start = t.ends[files-1]
	}
	for _, end := range t.ends[files:end.files] {
		t.repo.AddFile(id, t.files[start:end])
		start = end
	}
	t.reset()
}

// dropFiles forgets the first n paths.
func (t *tagReader) dropFiles(n int) {
	if n == 0 {
		return
	}
	size := t.ends[n-1]
	t.files = append(t.files[:0], t.files[size:]...)
	t.ends = append(t.ends[:0], t.ends[n:]...)
	for i := range t.ends {
		t.ends[i] -= size
	}
}

// reset empties the lists for the next package and keeps their memory.
func (t *tagReader) reset() {
	d := &t.d
	t.d = solver.SolvableData{
		Provides: d.Provides[:0], Requires: d.Requires[:0], PreRequires: d.PreRequires[:0], Conflicts: d.Conflicts[:0],
		Obsoletes: d.Obsoletes[:0], Recommends: d.Recommends[:0], Suggests: d.Suggests[:0], Supplements: d.Supplements[:0],
		Enhances: d.Enhances[:0], PreIgnoreInst: d.PreIgnoreInst[:0], OrderWithRequires: d.OrderWithRequires[:0], Flavors: d.Flavors[:0],
	}
	t.ids, t.vendors = t.ids[:0], t.vendors[:0]
}
