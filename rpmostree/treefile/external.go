package treefile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// openExternals finds the files that the treefile of that name refers to; they must be there.
func (t *Treefile) openExternals(name string) error {
	find := func(e *External) error {
		e.Path = resolve(name, e.Name)
		f, _, err := openFile(t.fsys, e.Path, t.prefix+e.Path)
		if err != nil {
			return err
		}
		return f.Close()
	}
	if t.PostprocessScript != nil {
		if err := find(t.PostprocessScript); err != nil {
			return err
		}
	}
	for i := range t.AddFiles {
		if err := find(&t.AddFiles[i].Source); err != nil {
			return err
		}
	}
	for _, c := range []*Check{t.CheckPasswd, t.CheckGroups} {
		if c != nil && c.Type == CheckFile {
			if err := find(&c.File); err != nil {
				return err
			}
		}
	}
	return nil
}

// findFinalize lists the executables in finalize.d beside the treefile.
func (t *Treefile) findFinalize() error {
	dir := path.Join(t.dir, finalizeDir)
	entries, err := fs.ReadDir(t.fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		st, err := e.Info()
		if err != nil {
			return err
		}
		if st.Mode().IsRegular() && st.Mode()&0o100 != 0 {
			if t.finalize == nil {
				t.finalize = map[string]string{}
			}
			t.finalize[e.Name()] = path.Join(dir, e.Name())
		}
	}
	return nil
}

// mergeFile adds an included file. Of programs of the same name in finalize.d that of the included file
// is taken, as rpm-ostree does.
func (t *Treefile) mergeFile(child *Treefile) {
	Merge(&t.Config, &child.Config)
	if t.finalize == nil {
		t.finalize = child.finalize
		return
	}
	maps.Copy(t.finalize, child.finalize)
}

// Script is a program that is run on the tree.
type Script struct{ Name, Path string } // the path is in the file system of the treefile

// FinalizeScripts lists the programs of finalize.d in the order in which they are to be run.
func (t *Treefile) FinalizeScripts() []Script {
	var out []Script
	for _, name := range slices.Sorted(maps.Keys(t.finalize)) {
		out = append(out, Script{name, t.finalize[name]})
	}
	return out
}

// Dir returns the directory of the treefile in the file system that it was read from; "" if it was not
// read from a file.
func (t *Treefile) Dir() string { return t.dir }

// Open opens a file that the treefile refers to.
func (t *Treefile) Open(e External) (fs.File, error) {
	if e.Path == "" || t.fsys == nil {
		return nil, fmt.Errorf("%s: external files are not supported in a treefile that is not a file", clip(e.Name))
	}
	f, _, err := openFile(t.fsys, e.Path, t.prefix+e.Path)
	return f, err
}

// readExternal reads a file that is small.
func (t *Treefile) readExternal(e External) ([]byte, error) {
	f, err := t.Open(e)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s is larger than %d bytes", e.Path, maxFile)
	}
	return data, err
}

// PostprocessScripts returns the scripts that are run in the tree, in order: the inline ones, each with
// a "#!" of its own, then the file. Names are for messages.
func (t *Treefile) PostprocessScripts() (names []string, scripts [][]byte, err error) {
	for i, s := range t.Postprocess {
		names = append(names, fmt.Sprintf("postprocess[%d]", i))
		scripts = append(scripts, []byte(s))
	}
	if t.PostprocessScript != nil {
		data, err := t.readExternal(*t.PostprocessScript)
		if err != nil {
			return nil, nil, err
		}
		names = append(names, t.PostprocessScript.Name)
		scripts = append(scripts, data)
	}
	return names, scripts, nil
}

// CheckExternals verifies what can be said before the composition about files and about keys that do
// not go together.
func (t *Treefile) CheckExternals() error {
	if t.PostprocessScript != nil {
		f, err := t.Open(*t.PostprocessScript)
		if err != nil {
			return err
		}
		defer f.Close()
		st, err := f.Stat()
		if err != nil {
			return err
		}
		if st.Mode()&0o111 == 0 {
			return errors.New("postprocess-script must be executable")
		}
	}
	if !t.HasMachineID() && len(t.Units) > 0 {
		return errors.New("'units' directive is incompatible with machineid-compat = false")
	}
	return nil
}

// Checksum returns the SHA-256, in hex, of all that the treefile brings into a composition: what counts
// for [Config.Digest], the content of files that it refers to, and that of layers. layers are the content
// checksums of OstreeLayers and OstreeOverrideLayers, in that order.
func (t *Treefile) Checksum(layers []string) (string, error) {
	if n := len(t.OstreeLayers) + len(t.OstreeOverrideLayers); n != len(layers) {
		return "", fmt.Errorf("checksums of %d layers are given, there are %d", len(layers), n)
	}
	digest, err := t.Digest()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	io.WriteString(h, digest)
	if err := t.hashExternals(h); err != nil {
		return "", err
	}
	io.WriteString(h, strings.Join(layers, ""))
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (t *Treefile) hashExternals(h hash.Hash) error {
	var files []External
	if t.PostprocessScript != nil {
		files = append(files, *t.PostprocessScript)
	}
	for _, c := range []*Check{t.CheckPasswd, t.CheckGroups} {
		if c != nil && c.Type == CheckFile {
			files = append(files, c.File)
		}
	}
	for _, a := range t.AddFiles {
		files = append(files, a.Source)
	}
	for _, e := range files {
		f, err := t.Open(e)
		if err != nil {
			return err
		}
		// Each file is hashed for itself: otherwise content could move from one to the next unnoticed.
		one := sha256.New()
		_, err = io.Copy(one, f)
		f.Close()
		if err != nil {
			return fmt.Errorf("reading %s: %w", e.Path, err)
		}
		h.Write(one.Sum(nil))
	}
	return nil
}
