package initrd

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// ExtractOptions adjust [Extract]. The zero value, like nil, means all files, silently.
type ExtractOptions struct {
	// Want tells which files are extracted; nil means all.
	Want func(path string) bool
	// Creating is called with the path of each file before it is made: the directory, a slash, the path in the image.
	Creating func(path string)
}

// Extract writes the regular files of an image below dir, with mode 0666 less the umask. Directories are made as needed,
// dir too. A path that leads out of dir is an error before anything is written, as is a damaged image.
//
// Files that exist are not replaced: that is fs.ErrExist, with the files before it, in the order of their paths, left in
// place. Contents wait in a temporary directory in dir meanwhile, so that the image is read once and need not fit into
// memory.
func Extract(r io.Reader, dir string, opts *ExtractOptions) (err error) {
	var o ExtractOptions
	if opts != nil {
		o = *opts
	}
	if err := makeDir(dir); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return wrapPath("opening", dir, err)
	}
	defer root.Close()
	s, err := newSpool(root)
	if err != nil {
		return wrapPath("creating temporary directory in", dir, err)
	}
	defer func() { err = cmp.Or(err, s.remove()) }()
	if err := walkLinked(r, o.Want, s.add); err != nil {
		return fmt.Errorf("decoding initrd: %w", err)
	}
	for _, p := range slices.Sorted(maps.Keys(s.files)) {
		if traverses(p) {
			return fmt.Errorf("path %s contains path traversal", p)
		}
	}
	return s.place(dir, o.Creating)
}

// makeDir makes a directory that may exist. That something else is in its place is fs.ErrExist.
func makeDir(dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return wrapPath("creating", dir, syscall.EEXIST)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return wrapPath("creating", dir, err)
	}
	return nil
}

// traverses tells whether a path is absolute or goes up.
func traverses(p string) bool {
	return strings.HasPrefix(p, "/") || slices.Contains(strings.Split(p, "/"), "..")
}

// join adds a path to a directory without cleaning either, as users see it.
func join(dir, p string) string {
	if strings.HasSuffix(dir, "/") {
		return dir + p
	}
	return dir + "/" + p
}

// wrapPath makes an error of "what path: reason" whose reason is the bare errno.
func wrapPath(what, p string, err error) error {
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		err = pe.Err
	case errors.As(err, &le):
		err = le.Err
	}
	return fmt.Errorf("%s %s: %w", what, p, err)
}

// spool holds contents as numbered files until it is known which of them count.
type spool struct {
	root  *os.Root
	dir   string
	next  int
	held  int64
	files map[string]int
	users map[int]int // how many paths have a content
}

func newSpool(root *os.Root) (*spool, error) {
	for n := 0; ; n++ {
		dir := fmt.Sprintf(".initrd-%d-%d", os.Getpid(), n)
		err := root.Mkdir(dir, 0o700)
		if err == nil {
			return &spool{root: root, dir: dir, files: map[string]int{}, users: map[int]int{}}, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
}

func (s *spool) remove() error { return s.root.RemoveAll(s.dir) }

func (s *spool) name(n int) string { return path.Join(s.dir, strconv.Itoa(n)) }

func (s *spool) add(paths []string, _ int64, content io.Reader) error {
	n := s.next
	s.next++
	f, err := s.root.OpenFile(s.name(n), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	if err = cmp.Or(err, f.Close()); err != nil {
		return fmt.Errorf("reading CPIO entry contents: %w", err)
	}
	s.users[n] = len(paths)
	for _, p := range paths {
		old, ok := s.files[p]
		s.files[p] = n
		if !ok {
			if s.held += int64(len(p)) + overhead; s.held > MaxSize {
				return fmt.Errorf("%w: more than %d bytes of names", ErrTooLarge, MaxSize)
			}
			continue
		}
		if err := s.drop(old); err != nil {
			return err
		}
	}
	return nil
}

// drop forgets one use of a content.
func (s *spool) drop(n int) error {
	if s.users[n]--; s.users[n] > 0 {
		return nil
	}
	delete(s.users, n)
	return s.root.Remove(s.name(n))
}

// place moves all files to where they belong.
func (s *spool) place(dir string, creating func(string)) error {
	for _, p := range slices.Sorted(maps.Keys(s.files)) {
		if parent := path.Dir(p); parent != "." {
			if err := s.root.MkdirAll(parent, 0o777); err != nil {
				return wrapPath("creating", join(dir, parent), err)
			}
		}
		if creating != nil {
			creating(join(dir, p))
		}
		if err := s.placeOne(p, s.files[p]); err != nil {
			return wrapPath("opening", join(dir, p), err)
		}
	}
	return nil
}

// placeOne makes the file, which must be new, and puts the content in its place. A hard link would do both at once, but
// not all file systems have them.
func (s *spool) placeOne(p string, n int) error {
	f, err := s.root.OpenFile(p, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := s.fill(f, p, n); err != nil {
		// The first error is what matters, and a chain is what callers print.
		_ = s.root.Remove(p)
		return err
	}
	return nil
}

// fill gives the new file f at p its content.
func (s *spool) fill(f *os.File, p string, n int) error {
	if s.users[n] == 1 {
		return s.root.Rename(s.name(n), p)
	}
	s.users[n]--
	content, err := s.root.Open(s.name(n))
	if err != nil {
		return err
	}
	defer content.Close()
	if _, err := io.Copy(f, content); err != nil {
		return err
	}
	return f.Close()
}

// SaveKeyfiles writes keyfiles into a directory, which is made if it does not exist; a file that exists is fs.ErrExist.
// created, if not nil, is called with the path of each file.
func SaveKeyfiles(dir string, keyfiles []Keyfile, created func(path string)) error {
	if err := makeDir(dir); err != nil {
		return err
	}
	for _, k := range keyfiles {
		if !fileName(k.Name) {
			return fmt.Errorf("invalid file name %q", k.Name)
		}
		p := join(dir, k.Name)
		if err := saveNew(p, k.Data); err != nil {
			return err
		}
		if created != nil {
			created(p)
		}
	}
	return nil
}

func saveNew(p string, data []byte) error {
	f, err := os.OpenFile(p, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return wrapPath("opening", p, err)
	}
	_, err = f.Write(data)
	if err = cmp.Or(err, f.Close()); err != nil {
		return wrapPath("writing", p, err)
	}
	return nil
}
