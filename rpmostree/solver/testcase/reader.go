package testcase

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/internal/decompress"
	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// ErrNotSupported is returned for testcases that need what this package does not have: other package formats than rpm,
// repositories in solv and helix format, unknown features. testsolv exits with 77 for those.
var ErrNotSupported = errors.New("not supported")

// Block is one part of a testcase: jobs to solve upon the pool, and what is to be reported.
type Block struct {
	Pool    *solver.Pool
	Solver  *solver.Solver // with the flags of the block
	Jobs    []solver.Job
	Classes Classes
	// Expected are the result lines that the testcase itself holds, sorted or not.
	Expected    []string
	HasExpected bool
	// Last is true when no other block follows.
	Last bool
}

// Reader reads the blocks of a testcase.
type Reader struct {
	// Warn takes what is wrong with lines that testsolv complains about and then ignores: jobs upon unknown packages, unknown
	// commands, flags and classes. Without it they are errors.
	Warn func(err error)

	files fs.FS
	lines *bufio.Reader
	line  int
	next  *string // a line that was read ahead

	pool       *solver.Pool
	solver     *solver.Solver
	reuse      bool
	done       bool
	flagsReset bool // pool flags were reset in this block
	filesAdded bool // the provides have been looked at since the last repository was added
	block      *Block
	flags      solver.Flags
	excludes   []solver.SolvableID // of the disable lines that came last
	namespaces map[[2]solver.ID]providerSet
	genids     []solver.ID
	autoinst   []solver.ID
}

// providerSet is who provides a namespace.
type providerSet struct {
	ids    []solver.SolvableID
	system bool
}

// NewReader reads a testcase. The files that it names are looked up in files, which may be nil if there are none.
func NewReader(r io.Reader, files fs.FS) *Reader {
	return &Reader{files: files, lines: bufio.NewReaderSize(r, 64<<10), pool: solver.NewPool(nil)}
}

// Open reads a testcase from a file; files that it names are relative to its folder.
func Open(path string) (*Reader, io.Closer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	return NewReader(f, os.DirFS(filepath.Dir(path))), f, nil
}

// Next reads a block; io.EOF when there are no more. The pool is the same for all blocks, so that the result of one must
// be taken before the next is read.
func (r *Reader) Next() (*Block, error) {
	if r.done {
		return nil, io.EOF
	}
	r.block = &Block{Pool: r.pool}
	r.flags, r.flagsReset = DefaultFlags(), false
	r.genids, r.autoinst, r.excludes = nil, nil, nil
	if len(r.namespaces) > 0 {
		r.namespaces = nil
		r.pool.SetNamespace(nil)
	}
	for {
		line, err := r.readLine()
		if err == io.EOF {
			r.done, r.block.Last = true, true
			return r.finish(), nil
		}
		if err != nil {
			return nil, err
		}
		words := strings.Fields(line)
		if len(words) == 0 || words[0][0] == '#' {
			continue
		}
		if words[0] == "nextjob" {
			b := r.finish()
			r.reuse = len(words) == 2 && words[1] == "reusesolver"
			return b, nil
		}
		if err := r.command(words, line); err != nil {
			err = fmt.Errorf("line %d: %w", r.line, err)
			if r.Warn == nil || isHard(err) {
				return nil, err
			}
			r.Warn(err)
		}
	}
}

// isHard tells errors after which the rest of a testcase means nothing.
func isHard(err error) bool {
	var path *fs.PathError
	return errors.Is(err, ErrNotSupported) || errors.Is(err, errRepo) || errors.As(err, &path)
}

var errRepo = errors.New("broken repository")

// readLine returns a line without its end.
func (r *Reader) readLine() (string, error) {
	if r.next != nil {
		line := *r.next
		r.next = nil
		return line, nil
	}
	r.line++
	var long []byte
	for {
		part, err := r.lines.ReadSlice('\n')
		if err == bufio.ErrBufferFull && len(long) < maxLine {
			long = append(long, part...)
			continue
		}
		if err != nil && err != io.EOF {
			return "", fmt.Errorf("line %d: %w", r.line, err)
		}
		line := string(append(long, part...))
		if err == io.EOF && line == "" {
			return "", io.EOF
		}
		return strings.TrimSuffix(line, "\n"), nil
	}
}

// inline reads the lines behind "#>" that follow.
type inline struct {
	r   *Reader
	buf string
	eof bool
}

func (i *inline) Read(p []byte) (int, error) {
	for i.buf == "" {
		line, err := "", io.EOF
		if !i.eof {
			line, err = i.r.readLine()
		}
		if err != nil {
			i.eof = true
			return 0, err
		}
		rest, ok := strings.CutPrefix(line, "#>")
		if !ok {
			i.r.next, i.eof = &line, true
			return 0, io.EOF
		}
		i.buf = rest + "\n"
	}
	n := copy(p, i.buf)
	i.buf = i.buf[n:]
	return n, nil
}

// command executes one line of the language.
func (r *Reader) command(words []string, line string) error {
	n := len(words)
	switch {
	case words[0] == "repo" && n >= 4:
		return r.repo(words[1:])
	case words[0] == "system" && n >= 3:
		return r.system(words[1:])
	case words[0] == "job" && n > 1:
		return r.job(words[1:])
	case words[0] == "vendorclass" && n > 1:
		r.vendorClass(words[1:])
		return nil
	case words[0] == "namespace" && n > 1:
		return r.namespace(words[1:])
	case words[0] == "poolflags":
		r.resetPoolFlags()
		err := poolFlags.set(&r.pool.Flags, words[1:])
		r.pool.SetInstalled(r.pool.Installed()) // which packages are visible may have changed
		return err
	case words[0] == "solverflags" && n > 1:
		return solverFlags.set(&r.flags, words[1:])
	case words[0] == "result" && n > 1:
		return r.result(words[1:])
	case words[0] == "disable" && n >= 3:
		return r.disable(words[1:])
	case words[0] == "feature":
		return features(words[1:])
	case words[0] == "genid" && n > 1:
		return r.genid(words[1], operand(line, 2))
	case words[0] == "autoinst" && n > 2 && words[1] == "name":
		r.autoinst = append(r.autoinst, r.pool.InternString(words[2]))
		return nil
	case words[0] == "evrcmp" && n == 3:
		r.compare(words[1], words[2])
		return nil
	}
	return fmt.Errorf("cannot parse command %q", clip([]byte(words[0])))
}

// operand is the rest of a line behind its first n words.
func operand(line string, n int) string {
	for range n {
		line = strings.TrimLeft(line, " \t")
		if i := strings.IndexAny(line, " \t"); i >= 0 {
			line = line[i:]
		} else {
			line = ""
		}
	}
	return strings.Trim(line, " \t")
}

// features checks for features of the solver that a testcase depends upon.
func features(names []string) error {
	for _, name := range names {
		if name != "complex_deps" {
			return fmt.Errorf("feature %q: %w", clip([]byte(name)), ErrNotSupported)
		}
	}
	return nil
}

func (r *Reader) resetPoolFlags() {
	if !r.flagsReset {
		r.flagsReset = true
		r.pool.Flags = solver.PoolFlags{}
	}
}

// repo adds a repository: NAME PRIO[.SUBPRIO] empty | TYPE FILE.
func (r *Reader) repo(words []string) error {
	if len(r.block.Jobs) > 0 {
		return errors.New("cannot add repositories after jobs")
	}
	r.filesAdded = false
	r.resetPoolFlags()
	prio, sub, err := priority(words[1])
	if err != nil {
		return err
	}
	repo := r.pool.AddRepo(words[0], prio, sub)
	switch {
	case words[2] == "empty":
		return nil
	case words[2] != "testtags":
		return fmt.Errorf("repository type %q: %w", clip([]byte(words[2])), ErrNotSupported)
	case len(words) < 4:
		return errors.New("repository without a file")
	}
	src, err := r.open(words[3])
	if err != nil {
		return err
	}
	defer src.Close()
	if err := ReadTestTags(r.pool, repo, src); err != nil {
		return fmt.Errorf("%w %s: %w", errRepo, words[0], err)
	}
	return nil
}

func priority(s string) (prio, sub int, err error) {
	p, q, ok := strings.Cut(s, ".")
	if prio, err = strconv.Atoi(p); err == nil && ok {
		sub, err = strconv.Atoi(q)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("priority %q: %w", clip([]byte(s)), strconv.ErrSyntax)
	}
	return prio, sub, nil
}

// open opens a file of the testcase, unpacked, or the inline lines that follow.
func (r *Reader) open(name string) (io.ReadCloser, error) {
	if name == "<inline>" {
		return io.NopCloser(&inline{r: r}), nil
	}
	if r.files == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	f, err := r.files.Open(name)
	if err != nil {
		return nil, err
	}
	rc, _, err := decompress.NewReader(f, nil)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &unpacked{rc, f}, nil
}

// unpacked closes the file below a decompressor as well.
type unpacked struct {
	io.ReadCloser
	file io.Closer
}

func (u *unpacked) Close() error { return errors.Join(u.ReadCloser.Close(), u.file.Close()) }

// system sets the architecture, the package format and the installed repository.
func (r *Reader) system(words []string) error {
	if len(r.block.Jobs) > 0 {
		return errors.New("cannot change the system after jobs")
	}
	if !rpmAmong(words[1]) {
		return fmt.Errorf("package format %q: %w", clip([]byte(words[1])), ErrNotSupported)
	}
	switch arch := words[0]; {
	case arch == "unset" || arch == "-":
		r.pool.SetArch("")
	case arch[0] == ':':
		r.pool.SetArchPolicy(arch[1:])
	default:
		r.pool.SetArch(arch)
	}
	if len(words) > 2 {
		repo, ok := FindRepo(r.pool, words[2])
		if !ok {
			return fmt.Errorf("unknown repository %q", clip([]byte(words[2])))
		}
		r.pool.SetInstalled(repo)
	}
	return nil
}

func rpmAmong(formats string) bool {
	if formats == "*" {
		return true
	}
	for f := range strings.SplitSeq(formats, ",") {
		if f == "rpm" {
			return true
		}
	}
	return false
}
