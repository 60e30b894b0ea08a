package rpm

import (
	"bufio"
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
)

// VerifyTreeOptions are the settings of [VerifyTree]. The zero value, like nil, compares everything.
type VerifyTreeOptions struct {
	// Ignore leaves out properties: VerifyMTime for trees whose times are all the same, as those of ostree are.
	Ignore VerifyFlags
	// UserID and GroupID return the number of a name, 0 for unknown ones, whose files rpm gives to root. Nil means the
	// tree's own /etc/passwd and /etc/group, then those in /usr/lib.
	UserID, GroupID func(name string) uint32
}

// FileDifference is a file that is not as its package says.
type FileDifference struct {
	File *File
	// Err is why the file could not be looked at: it is missing, in most cases. The flags are zero then.
	Err error
	// Failed are the properties that differ, Unreadable those of them that could not be read.
	Failed, Unreadable VerifyFlags
}

// verifyLetters are the positions of the flags in a line.
var verifyLetters = [...]struct {
	flag   VerifyFlags
	letter byte
}{
	{VerifySize, 'S'}, {VerifyMode, 'M'}, {VerifyDigest, '5'}, {VerifyRdev, 'D'}, {VerifyLinkTo, 'L'},
	{VerifyUser, 'U'}, {VerifyGroup, 'G'}, {VerifyMTime, 'T'}, {VerifyCaps, 'P'},
}

// String returns the line that rpm -V prints.
func (d *FileDifference) String() string {
	if d.Err != nil {
		line := fmt.Sprintf("missing   %c %s", d.File.Flags.letter(), d.File.Path)
		if !errors.Is(d.Err, fs.ErrNotExist) || errors.Is(d.Err, syscall.ENOTDIR) {
			line += fmt.Sprintf(" (%s)", errno.Text(rootCause(d.Err)))
		}
		return line
	}
	flags := d.Failed
	if d.Unreadable&VerifyDigest != 0 {
		flags |= verifyReadFail
	}
	if d.Unreadable&VerifyLinkTo != 0 {
		flags |= verifyReadLinkFail
	}
	return fmt.Sprintf("%s  %c %s", verifyString(flags, "."), d.File.Flags.letter(), d.File.Path)
}

func rootCause(err error) error {
	var e syscall.Errno
	if errors.As(err, &e) {
		return e
	}
	return err
}

// fileLetters are the letters of attributes, in rpm's order.
var fileLetters = [...]struct {
	flag   FileFlags
	letter byte
}{
	{FileDoc, 'd'}, {FileConfig, 'c'}, {FileSpec, 's'}, {FileMissingOK, 'm'}, {FileNoReplace, 'n'},
	{FileGhost, 'g'}, {FileLicense, 'l'}, {FileReadme, 'r'}, {FileArtifact, 'a'},
}

// letter is that of the first attribute, blank for none.
func (f FileFlags) letter() byte {
	for _, l := range fileLetters {
		if f&l.flag != 0 {
			return l.letter
		}
	}
	return ' '
}

// VerifyTree compares the files of an installed package with those in a tree, as rpm -V does, and returns the differences
// in the order of the header. Files that may be missing are no difference if they are. The directory is the root of all
// paths; links do not lead out of it.
func VerifyTree(ctx context.Context, dir string, h *Header, opts *VerifyTreeOptions) ([]FileDifference, error) {
	o := VerifyTreeOptions{}
	if opts != nil {
		o = *opts
	}
	files, err := h.Files()
	if err != nil {
		return nil, err
	}
	root, err := confine.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	v := &treeVerifier{ctx: ctx, root: root, o: &o, algo: h.DigestAlgo()}
	if err := v.setLookups(); err != nil {
		return nil, err
	}
	var list []FileDifference
	for i := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d := v.file(&files[i])
		if d.Err == nil && d.Failed == 0 {
			continue
		}
		if d.Err != nil && files[i].Flags&(FileMissingOK|FileGhost) != 0 {
			continue
		}
		list = append(list, d)
	}
	return list, nil
}

type treeVerifier struct {
	ctx  context.Context
	root *confine.Root
	o    *VerifyTreeOptions
	algo DigestAlgo
}

func (v *treeVerifier) setLookups() error {
	for _, l := range [...]struct {
		f     *func(string) uint32
		names []string
	}{
		{&v.o.UserID, []string{"usr/lib/passwd", "etc/passwd"}},
		{&v.o.GroupID, []string{"usr/lib/group", "etc/group"}},
	} {
		if *l.f != nil {
			continue
		}
		ids := make(map[string]uint32)
		for _, name := range l.names {
			if err := v.readIDs(name, ids); err != nil {
				return err
			}
		}
		*l.f = func(name string) uint32 { return ids[name] }
	}
	return nil
}

// readIDs reads a file of lines with a name, a password and a number. Later files win.
func (v *treeVerifier) readIDs(name string, ids map[string]uint32) error {
	data, err := v.root.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for s := bufio.NewScanner(strings.NewReader(string(data))); s.Scan(); {
		fields := strings.Split(s.Text(), ":")
		if len(fields) < 3 {
			continue
		}
		if id, err := strconv.ParseUint(fields[2], 10, 32); err == nil {
			ids[fields[0]] = uint32(id)
		}
	}
	return nil
}

// file compares one file. One that is not installed as it is in the package counts as right.
func (v *treeVerifier) file(f *File) FileDifference {
	d := FileDifference{File: f}
	if f.State != StateNormal {
		return d
	}
	s, err := v.stat(f)
	if err != nil {
		d.Err = err
		return d
	}
	flags := v.flags(f, s)
	fail := func(flag VerifyFlags, differs bool) {
		if flags&flag != 0 && differs {
			d.Failed |= flag
		}
	}
	if flags&VerifyDigest != 0 {
		v.digest(f, &d)
	}
	if flags&VerifyLinkTo != 0 {
		v.linkTo(f, &d)
	}
	fail(VerifySize, s.size != f.Size)
	fail(VerifyMode, differentMode(f, s.mode))
	fail(VerifyRdev, differentDevice(f, s))
	fail(VerifyMTime, s.mtime != int64(f.MTime))
	if flags&VerifyCaps != 0 {
		fail(VerifyCaps, v.differentCaps(f))
	}
	// A name that is unknown is that of root when a package is installed.
	uid := v.o.UserID(f.User)
	fail(VerifyUser, uid != s.uid)
	gid := v.o.GroupID(f.Group)
	fail(VerifyGroup, gid != s.gid)
	return d
}

// stat looks at a file. A link to a directory is good for a directory, if it is root's or belongs to whom the directory
// does.
func (v *treeVerifier) stat(f *File) (*fileStat, error) {
	info, err := v.root.Lstat(f.Path)
	if err != nil {
		return nil, err
	}
	s := newFileStat(info)
	if f.IsDir() && s.mode&ModeType == ModeSymlink {
		if target, err := v.root.Stat(f.Path); err == nil && target.IsDir() {
			if t := newFileStat(target); s.uid == 0 || s.uid == t.uid {
				return t, nil
			}
		}
	}
	return s, nil
}

// flags are the properties that can be compared of what is there.
func (v *treeVerifier) flags(f *File, s *fileStat) VerifyFlags {
	flags := f.VerifyFlags &^ v.o.Ignore
	if s.mode&ModeType == ModeSymlink {
		flags &^= VerifyMode
	} else {
		flags &^= VerifyLinkTo
	}
	if s.mode&ModeType != ModeRegular {
		flags &^= VerifyDigest | VerifySize | VerifyMTime | VerifyCaps
	}
	if f.IsGhost() {
		flags &^= VerifyDigest | VerifySize | VerifyMTime | VerifyLinkTo
	}
	return flags
}

func (v *treeVerifier) digest(f *File, d *FileDifference) {
	want, err := hex.DecodeString(f.Digest)
	sum := v.algo.New()
	if err != nil || len(want) == 0 || sum == nil {
		d.Failed |= VerifyDigest
		return
	}
	in, err := v.root.OpenFile(f.Path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err == nil {
		_, err = io.Copy(sum, &countingReader{ctx: v.ctx, r: in})
		in.Close()
	}
	if err != nil {
		d.Failed |= VerifyDigest
		d.Unreadable |= VerifyDigest
		return
	}
	if subtle.ConstantTimeCompare(sum.Sum(nil), want) == 0 {
		d.Failed |= VerifyDigest
	}
}

func (v *treeVerifier) linkTo(f *File, d *FileDifference) {
	target, err := v.root.Readlink(f.Path)
	if err != nil {
		d.Unreadable |= VerifyLinkTo
	}
	if err != nil || target != f.LinkTo {
		d.Failed |= VerifyLinkTo
	}
}

// differentMode compares modes; of a ghost, the type does not matter.
func differentMode(f *File, mode uint32) bool {
	if f.IsGhost() {
		return (f.Mode^mode)&modePermBits != 0
	}
	return f.Mode != mode
}

func differentDevice(f *File, s *fileStat) bool {
	isDevice := func(mode uint32) bool { return mode&ModeType == ModeCharDev || mode&ModeType == ModeBlockDev }
	switch {
	case isDevice(f.Mode) != isDevice(s.mode), isDevice(f.Mode) && f.Mode&ModeType != s.mode&ModeType:
		return true
	case isDevice(f.Mode):
		return uint16(f.Rdev) != uint16(s.rdev)
	}
	return false
}

func (v *treeVerifier) differentCaps(f *File) bool {
	want, err := parseCapText(f.Caps)
	if err != nil {
		want = capSets{}
	}
	var have capSets
	if value, err := v.root.LGetXattr(f.Path, CapsXattr); err == nil {
		have, _ = parseXattrCaps(value)
	}
	return want != have
}
