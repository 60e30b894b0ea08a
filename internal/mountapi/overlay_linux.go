package mountapi

import (
	"errors"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/errno"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Overlay describes an overlay file system.
type Overlay struct {
	// Source is what mount tables show as the device; empty means "overlay".
	Source string
	// Lower are the read-only layers, the uppermost first.
	Lower []string
	// Data are layers below Lower that only hold contents which files above
	// refer to; their names are not visible.
	Data []string
	// Upper and Work are the writable layer and its scratch directory, on one
	// file system. Both are empty for an overlay that cannot be written.
	Upper, Work string
	// Options are further parameters, "key=value" each.
	Options []string
	// ReadOnly makes the mount read-only.
	ReadOnly bool
}

func (o *Overlay) source() string {
	if o.Source == "" {
		return "overlay"
	}
	return o.Source
}

// Overlay mounts o at target.
func (m Mounter) Overlay(o *Overlay, target string) error {
	if !m.Legacy {
		err := overlayContext(o, target, appendLayers)
		if err != nil && missing(err) {
			err = overlayContext(o, target, joinLayers)
		}
		if err == nil || !missing(err) {
			return errno.New("mount", target, err)
		}
	}
	flags := uintptr(unix.MS_SILENT)
	if o.ReadOnly {
		flags |= unix.MS_RDONLY
	}
	err := unix.Mount(o.source(), target, "overlay", flags, o.data("::"))
	if errors.Is(err, unix.EINVAL) && len(o.Data) > 0 {
		// Before Linux 6.5 all layers are equal. Where the root of the layer above is
		// opaque, as in composefs images, the names in the others are hidden all the
		// same.
		err = unix.Mount(o.source(), target, "overlay", flags, o.data(":"))
	}
	return errno.New("mount", target, err)
}

// overlayContext mounts with the system calls of Linux 5.2; the function layers
// says how the layers are handed over.
func overlayContext(o *Overlay, target string, layers func(fd int, o *Overlay) error) error {
	fd, err := unix.Fsopen("overlay", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.FsconfigSetString(fd, "source", o.source()); err != nil {
		return err
	}
	for _, option := range o.Options {
		key, value, has := strings.Cut(option, "=")
		var err error
		if has {
			err = unix.FsconfigSetString(fd, key, value)
		} else {
			err = unix.FsconfigSetFlag(fd, key)
		}
		if err != nil {
			return err
		}
	}
	if err := layers(fd, o); err != nil {
		return err
	}
	if o.Upper != "" {
		if err := unix.FsconfigSetString(fd, "upperdir", escapeUpper.Replace(o.Upper)); err != nil {
			return err
		}
		if err := unix.FsconfigSetString(fd, "workdir", escapeUpper.Replace(o.Work)); err != nil {
			return err
		}
	}
	return createAt(fd, o.ReadOnly, target)
}

// appendLayers is the way of Linux 6.7, which takes names as they are.
func appendLayers(fd int, o *Overlay) error {
	for _, dir := range o.Lower {
		if err := unix.FsconfigSetString(fd, "lowerdir+", dir); err != nil {
			return err
		}
	}
	for _, dir := range o.Data {
		if err := unix.FsconfigSetString(fd, "datadir+", dir); err != nil {
			return err
		}
	}
	return nil
}

func joinLayers(fd int, o *Overlay) error {
	return unix.FsconfigSetString(fd, "lowerdir", o.lowerdir(escapeLower, "::"))
}

// The characters that mean something in the names of layers: a backslash always,
// a colon between lower layers, a comma in the data of mount(2).
var (
	escapeUpper = strings.NewReplacer(`\`, `\\`)
	escapeLower = strings.NewReplacer(`\`, `\\`, `:`, `\:`)
	escapeData  = strings.NewReplacer(`\`, `\\`, `:`, `\:`, `,`, `\,`)
)

// lowerdir is the value of the parameter of that name: layers are separated by
// one colon, those that only hold data by data, which is two where the kernel knows
// the difference.
func (o *Overlay) lowerdir(escape *strings.Replacer, data string) string {
	var b strings.Builder
	for i, dir := range o.Lower {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(escape.Replace(dir))
	}
	for _, dir := range o.Data {
		b.WriteString(data)
		b.WriteString(escape.Replace(dir))
	}
	return b.String()
}

// data is the overlay as mount(2) wants it.
func (o *Overlay) data(colons string) string {
	fields := append([]string{}, o.Options...)
	fields = append(fields, "lowerdir="+o.lowerdir(escapeData, colons))
	if o.Upper != "" {
		fields = append(fields, "upperdir="+escapeData.Replace(o.Upper), "workdir="+escapeData.Replace(o.Work))
	}
	return strings.Join(fields, ",")
}

// createAt makes the file system that the context fd describes and mounts it.
func createAt(fd int, readOnly bool, target string) error {
	if err := unix.FsconfigCreate(fd); err != nil {
		return err
	}
	attr := 0
	if readOnly {
		attr = unix.MOUNT_ATTR_RDONLY
	}
	mount, err := unix.Fsmount(fd, unix.FSMOUNT_CLOEXEC, attr)
	if err != nil {
		return err
	}
	defer unix.Close(mount)
	return unix.MoveMount(mount, "", unix.AT_FDCWD, target, unix.MOVE_MOUNT_F_EMPTY_PATH)
}
