package goal

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// loader turns packages into the pool's form. Its lists are used again for each package.
type loader struct {
	g    *Goal
	pool *solver.Pool
	repo *solver.Repo
	d    solver.SolvableData
	buf  []byte // versions in the pool's form

	// What has no ids yet. The strings of a package get theirs together, in turn.
	pending []solver.DepText
	lists   []*[]solver.ID // where the id of each of pending goes
	ids     []solver.ID
	head    []solver.ID // name, architecture, version, vendor
}

func (g *Goal) newLoader(r *solver.Repo) *loader { return &loader{g: g, pool: g.pool, repo: r} }

func (g *Goal) loadPrimary(ctx context.Context, r *solver.Repo, src io.Reader) error {
	l := g.newLoader(r)
	data := g.repos[r.Index()]
	return rpmmd.ParsePrimary(ctx, src, func(p *rpmmd.PackageData) error {
		id, err := l.add(p)
		if err == nil {
			err = data.add(id, p)
		}
		return err
	})
}

// add adds a package of a repository.
func (l *loader) add(p *rpmmd.PackageData) (solver.SolvableID, error) {
	d := &l.d
	l.reset()
	l.push(&l.head, solver.DepText{Name: p.Name})
	l.push(&l.head, solver.DepText{Name: p.Arch})
	l.push(&l.head, solver.DepText{Name: l.evrText(p.Epoch, p.Version, p.Release)})
	l.push(&l.head, solver.DepText{Name: p.Vendor})
	// In the order of the document: what is told of a problem is sorted by the numbers that dependencies get here.
	l.deps(&d.Provides, p.Provides)
	for i := range p.Requires {
		if e := &p.Requires[i]; e.Pre {
			l.dep(&d.PreRequires, e)
		} else {
			l.dep(&d.Requires, e)
		}
	}
	l.deps(&d.Conflicts, p.Conflicts)
	l.deps(&d.Obsoletes, p.Obsoletes)
	l.deps(&d.Suggests, p.Suggests)
	l.deps(&d.Enhances, p.Enhances)
	l.deps(&d.Recommends, p.Recommends)
	l.deps(&d.Supplements, p.Supplements)
	l.flush()
	d.Name, d.Arch, d.EVR, d.Vendor = l.head[0], l.head[1], l.head[2], 0
	if len(p.Vendor) > 0 {
		d.Vendor = l.head[3]
	}
	d.BuildTime = uint32(max(p.BuildTime, 0))
	if !isSource(p.Arch) {
		d.Provides = append(d.Provides, l.pool.Rel(d.Name, solver.OpEQ, d.EVR))
	}
	id := l.repo.Add(d)
	for i := range p.Files {
		l.repo.AddFile(id, p.Files[i].Path)
	}
	return id, nil
}

func isSource(arch []byte) bool { return string(arch) == "src" || string(arch) == "nosrc" }

// reset empties the lists and keeps their memory.
func (l *loader) reset() {
	d := &l.d
	l.head, l.buf = l.head[:0], l.buf[:0]
	d.Provides, d.Requires, d.PreRequires = d.Provides[:0], d.Requires[:0], d.PreRequires[:0]
	d.Conflicts, d.Obsoletes, d.Recommends = d.Conflicts[:0], d.Obsoletes[:0], d.Recommends[:0]
	d.Suggests, d.Supplements, d.Enhances = d.Suggests[:0], d.Supplements[:0], d.Enhances[:0]
}

func (l *loader) push(list *[]solver.ID, dep solver.DepText) {
	l.pending = append(l.pending, dep)
	l.lists = append(l.lists, list)
}

// flush gives ids to what is pending.
func (l *loader) flush() {
	l.ids = l.pool.InternDeps(l.ids[:0], l.pending)
	for i, list := range l.lists {
		*list = append(*list, l.ids[i])
	}
	l.pending, l.lists = l.pending[:0], l.lists[:0]
}

// evrText is "epoch:version-release", without an epoch of 0. It is valid until the next package.
func (l *loader) evrText(epoch, version, release []byte) []byte {
	start := len(l.buf)
	if len(epoch) > 0 && string(epoch) != "0" {
		l.buf = append(append(l.buf, epoch...), ':')
	}
	l.buf = append(l.buf, version...)
	if len(release) > 0 {
		l.buf = append(append(l.buf, '-'), release...)
	}
	return l.buf[start:]
}

func (l *loader) deps(list *[]solver.ID, entries []rpmmd.Entry) {
	for i := range entries {
		l.dep(list, &entries[i])
	}
}

// dep takes a dependency. The bits of its operator are the pool's.
func (l *loader) dep(list *[]solver.ID, e *rpmmd.Entry) {
	text := solver.DepText{Name: e.Name, Op: solver.Op(e.Op)}
	if e.Op != 0 {
		text.Version = l.evrText(e.Epoch, e.Version, e.Release)
	}
	if len(e.Name) > 0 && (e.Name[0] == '(' || e.Name[0] == '/') {
		l.flush()
		id := l.name(e.Name)
		if e.Op != 0 {
			id = l.pool.Rel(id, text.Op, l.pool.Intern(text.Version))
		}
		*list = append(*list, id)
		return
	}
	l.push(list, text)
}

// name is the id of a name, of a boolean dependency, or of a path.
func (l *loader) name(s []byte) solver.ID {
	if len(s) > 0 {
		switch s[0] {
		case '(':
			if id, err := l.pool.RichDep(string(s)); err == nil {
				return id
			}
		case '/':
			l.g.paths.add(s)
		}
	}
	return l.pool.Intern(s)
}

// addHeader adds an installed package or a package file.
func (g *Goal) addHeader(r *solver.Repo, h *rpm.Header) (solver.SolvableID, error) {
	l := g.newLoader(r)
	n := h.NEVRA()
	if n.Name == "" {
		return 0, fmt.Errorf("package without a name")
	}
	if n.Arch == "" {
		n.Arch = "noarch"
	}
	if h.IsSource() {
		n.Arch = "src"
	}
	d := &l.d
	d.Name, d.Arch = g.pool.InternString(n.Name), g.pool.InternString(n.Arch)
	d.EVR = g.pool.Intern(l.evrText([]byte(n.Epoch), []byte(n.Version), []byte(n.Release)))
	if v := h.String(rpm.TagVendor); v != "" {
		d.Vendor = g.pool.InternString(v)
	}
	d.BuildTime, d.InstallTime = h.Uint32(rpm.TagBuildTime), h.Uint32(rpm.TagInstallTime)
	for _, dep := range h.Deps(rpm.Requires) {
		switch id := l.headerDep(dep); {
		case strings.HasPrefix(dep.Name, "rpmlib("):
		case dep.Flags&preFlags != 0:
			d.PreRequires = append(d.PreRequires, id)
		default:
			d.Requires = append(d.Requires, id)
		}
	}
	d.Provides = l.headerDeps(h, rpm.Provides)
	if n.Arch != "src" {
		d.Provides = append(d.Provides, g.pool.Rel(d.Name, solver.OpEQ, d.EVR))
	}
	d.Conflicts, d.Obsoletes = l.headerDeps(h, rpm.Conflicts), l.headerDeps(h, rpm.Obsoletes)
	d.Recommends, d.Suggests = l.headerDeps(h, rpm.Recommends), l.headerDeps(h, rpm.Suggests)
	d.Supplements, d.Enhances = l.headerDeps(h, rpm.Supplements), l.headerDeps(h, rpm.Enhances)
	paths, err := h.Paths()
	if err != nil {
		return 0, err
	}
	id := r.Add(d)
	for _, path := range paths {
		r.AddFile(id, []byte(path))
	}
	g.repos[r.Index()].addHeader(id, h)
	return id, nil
}

// preFlags mark what must be there before a package is installed.
const preFlags = evr.PreReq | evr.ScriptPre | evr.ScriptPost | evr.PreTrans | evr.PostTrans

func (l *loader) headerDeps(h *rpm.Header, kind rpm.DepKind) []solver.ID {
	deps := h.Deps(kind)
	ids := make([]solver.ID, len(deps))
	for i, dep := range deps {
		ids[i] = l.headerDep(dep)
	}
	return ids
}

func (l *loader) headerDep(dep evr.Dep) solver.ID {
	name := l.name([]byte(dep.Name))
	op := headerOp(dep.Flags)
	if op == 0 || dep.Version == "" {
		return name
	}
	return l.pool.Rel(name, op, l.pool.InternString(strings.TrimPrefix(dep.Version, "0:")))
}

func headerOp(f evr.Flags) (op solver.Op) {
	if f&evr.Less != 0 {
		op |= solver.OpLT
	}
	if f&evr.Greater != 0 {
		op |= solver.OpGT
	}
	if f&evr.Equal != 0 {
		op |= solver.OpEQ
	}
	return op
}

// repoData holds what is told about packages and not needed to solve, in the order of their ids.
type repoData struct {
	source   *Repo
	excluded bool // the excludes were applied
	first    solver.SolvableID
	hrefs    arena
	bases    map[solver.SolvableID]string // of the few packages that lie elsewhere
	sums     arena                        // binary checksums
	types    []uint8                      // index in sumTypes
	names    []string                     // checksum types
	sizes    [][2]uint64                  // of the package file, installed
	headers  []*rpm.Header
}

// arena holds byte strings one after the other.
type arena struct {
	data []byte
	ends []uint32
}

func (a *arena) add(b []byte) {
	a.data = append(a.data, b...)
	a.ends = append(a.ends, uint32(len(a.data)))
}

func (a *arena) get(i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = a.ends[i-1]
	}
	return a.data[start:a.ends[i]]
}

func (r *repoData) add(id solver.SolvableID, p *rpmmd.PackageData) error {
	if len(r.types) == 0 {
		r.first = id
	}
	var sum [64]byte
	n, err := hex.Decode(sum[:], p.PkgID[:min(len(p.PkgID), 2*len(sum))])
	if err != nil {
		return fmt.Errorf("checksum of %s: %w", p.Name, err)
	}
	r.sums.add(sum[:n])
	r.types = append(r.types, r.sumType(p.ChecksumType))
	r.hrefs.add(p.Href)
	r.sizes = append(r.sizes, [2]uint64{uint64(max(p.Size, 0)), uint64(max(p.InstalledSize, 0))})
	if len(p.XMLBase) > 0 {
		if r.bases == nil {
			r.bases = map[solver.SolvableID]string{}
		}
		r.bases[id] = string(p.XMLBase)
	}
	return nil
}

func (r *repoData) sumType(name []byte) uint8 {
	for i, n := range r.names {
		if n == string(name) {
			return uint8(i)
		}
	}
	if len(r.names) == 255 {
		return 0
	}
	r.names = append(r.names, string(name))
	return uint8(len(r.names) - 1)
}

func (r *repoData) addHeader(id solver.SolvableID, h *rpm.Header) {
	if len(r.headers) == 0 {
		r.first = id
	}
	r.headers = append(r.headers, h)
}

// pathSet holds the paths that only the complete file lists can tell about.
type pathSet struct {
	wanted map[string]bool // true once they were looked up
	fresh  bool            // some were not
}

func (s *pathSet) add(path []byte) {
	if inPrimary(path) {
		return
	}
	if _, ok := s.wanted[string(path)]; ok {
		return
	}
	if s.wanted == nil {
		s.wanted = map[string]bool{}
	}
	s.wanted[string(path)] = false
	s.fresh = true
}

// inPrimary tells whether primary.xml lists a path: those in bin directories and in /etc, and one more.
func inPrimary(path []byte) bool {
	i := bytes.LastIndexByte(path, '/')
	return bytes.Contains(path[:i+1], []byte("bin/")) || bytes.HasPrefix(path, []byte("/etc/")) || string(path) == "/usr/lib/sendmail"
}
