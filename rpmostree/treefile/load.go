package treefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// Options are the options of the functions that read treefiles. Nil is the zero value.
type Options struct {
	// Arch is the architecture of the machine in RPM's terms ("x86_64"). Empty means none: lists for
	// architectures and the variable basearch do not exist then.
	Arch string
	// Prefix stands before the names of files in messages: "/" for a file system that is the root.
	Prefix string
}

// maxIncludeDepth is how deep files may include each other.
const maxIncludeDepth = 50

// maxFiles limits how many files a treefile may consist of.
const maxFiles = 1024

// finalizeDir holds programs that are run last, beside a treefile.
const finalizeDir = "finalize.d"

// Load reads the treefile of that name, slash-separated and relative to the root of fsys, with what it
// includes. Names in it are relative to the file that has them; absolute ones and ".." end at the root of
// fsys. Files that it names for later use must exist.
func Load(fsys fs.FS, name string, opts *Options) (*Treefile, error) {
	l := newLoader(fsys, opts)
	name = resolve(".", name)
	t, err := l.load(name, 0)
	if err != nil {
		return nil, err
	}
	if len(l.vars) > 0 {
		t.Variables = l.vars
	}
	if err := substitute(&t.Config); err != nil {
		return nil, err
	}
	if err := t.validate(); err != nil {
		return nil, err
	}
	return t, nil
}

// LoadCompose reads a treefile to compose from: one without keys that derive.
func LoadCompose(fsys fs.FS, name string, opts *Options) (*Treefile, error) {
	t, err := Load(fsys, name, opts)
	if err != nil {
		return nil, err
	}
	if err := firstError(t.validateBase(), t.ErrorIfDeriving()); err != nil {
		return nil, err
	}
	return t, nil
}

// LoadClient reads a treefile for a client: one without keys of composition.
func LoadClient(fsys fs.FS, name string, opts *Options) (*Treefile, error) {
	t, err := Load(fsys, name, opts)
	if err != nil {
		return nil, err
	}
	if err := t.ErrorIfBase(); err != nil {
		return nil, err
	}
	return t, nil
}

// Parse reads a treefile that is not a file, such as one from the command line. It cannot include
// others; files that it names cannot be opened.
func Parse(format Format, data []byte, opts *Options) (*Treefile, error) {
	arch := ""
	if opts != nil {
		arch = opts.Arch
	}
	c, in, err := parseConfig(format, data, arch)
	if err != nil {
		return nil, err
	}
	if in.Include != nil || in.ArchInclude != nil || in.ConditionalInclude != nil {
		return nil, errors.New("include is not supported in a treefile that is not a file")
	}
	if err := substitute(c); err != nil {
		return nil, err
	}
	t := New(c)
	if err := t.validate(); err != nil {
		return nil, err
	}
	return t, nil
}

// loader reads files that include each other.
type loader struct {
	fsys fs.FS
	opts Options
	seen []seenFile
	vars map[string]Value // of the files read so far; the first definition counts
}

type seenFile struct {
	name string
	info fs.FileInfo
}

func newLoader(fsys fs.FS, opts *Options) *loader {
	l := &loader{fsys: fsys, vars: map[string]Value{}}
	if opts != nil {
		l.opts = *opts
	}
	return l
}

func (l *loader) display(name string) string { return l.opts.Prefix + name }

// resolve interprets a name that the file from has.
func resolve(from, name string) string {
	if !strings.HasPrefix(name, "/") {
		name = path.Join(path.Dir(from), name)
	}
	name = path.Clean("/" + name)[1:]
	if name == "" {
		return "."
	}
	return name
}

// openFile opens a regular file.
func (l *loader) openFile(name string) (fs.File, fs.FileInfo, error) {
	return openFile(l.fsys, name, l.display(name))
}

func openFile(fsys fs.FS, name, display string) (fs.File, fs.FileInfo, error) {
	// A FIFO would block when it is opened.
	st, err := fs.Stat(fsys, name)
	if err == nil && !st.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("Can't open file %q for reading: %w", display, err)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, nil, fmt.Errorf("Can't open file %q for reading: %w", display, err)
	}
	return f, st, nil
}

// maxFile limits the size of files that are read as a whole, in bytes.
const maxFile = 4 << 20

func readFile(fsys fs.FS, name, display string) ([]byte, error) {
	f, _, err := openFile(fsys, name, display)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", display, err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s is larger than %d bytes", display, maxFile)
	}
	return data, nil
}

// readOnce reads a file unless it was read before under this or another name.
func (l *loader) readOnce(name string) (data []byte, again bool, err error) {
	f, st, err := l.openFile(name)
	if err != nil {
		return nil, false, err
	}
	f.Close()
	for _, s := range l.seen {
		if s.name == name || os.SameFile(s.info, st) {
			return nil, true, nil
		}
	}
	if len(l.seen) >= maxFiles {
		return nil, false, fmt.Errorf("more than %d files are included", maxFiles)
	}
	l.seen = append(l.seen, seenFile{name, st})
	data, err = readFile(l.fsys, name, l.display(name))
	return data, false, err
}

// load reads a file and what it includes.
func (l *loader) load(name string, depth int) (*Treefile, error) {
	data, again, err := l.readOnce(name)
	if err != nil {
		return nil, err
	}
	if again {
		return nil, fmt.Errorf("Include loop detected; %s was already included", l.display(name))
	}
	c, in, err := l.parse(name, data)
	if err != nil {
		return nil, err
	}
	t := New(c)
	t.fsys, t.prefix, t.dir = l.fsys, l.opts.Prefix, path.Dir(name)
	if err := firstError(t.openExternals(name), t.findFinalize()); err != nil {
		return nil, err
	}
	l.define(&t.Config)
	files, err := l.included(&t.Config, in)
	if err != nil {
		return nil, err
	}
	for _, inc := range files {
		if depth == maxIncludeDepth {
			return nil, fmt.Errorf("Reached maximum include depth %d", maxIncludeDepth)
		}
		child, err := l.load(resolve(name, inc), depth+1)
		if err != nil {
			return nil, err
		}
		t.mergeFile(child)
	}
	return t, nil
}

func (l *loader) parse(name string, data []byte) (*Config, *input, error) {
	if strings.HasSuffix(name, ".ks") {
		c, err := l.loadKickstart(name, data)
		return c, &input{}, err
	}
	c, in, err := parseConfig(FormatOf(name), data, l.opts.Arch)
	if err != nil {
		return nil, nil, fmt.Errorf("Parsing %s: %w", l.display(name), err)
	}
	return c, in, nil
}

// define adds the variables of a file to those that are known.
func (l *loader) define(c *Config) {
	for name, v := range c.Variables {
		if _, ok := l.vars[name]; !ok {
			l.vars[name] = v
		}
	}
	c.Variables = nil
}

// included returns the files that a treefile includes, in order, and merges inlined ones.
func (l *loader) included(c *Config, in *input) ([]string, error) {
	files := append([]string(nil), in.Include...)
	if l.opts.Arch != "" {
		files = append(files, in.ArchInclude[l.opts.Arch]...)
	}
	for _, cond := range in.ConditionalInclude {
		ok, err := all(cond.conditions, l.vars)
		switch {
		case err != nil:
			return nil, err
		case !ok:
		case cond.inline != nil:
			Merge(c, cond.inline)
		default:
			files = append(files, cond.files...)
		}
	}
	return files, nil
}
