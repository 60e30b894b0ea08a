package prepareroot_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

// step does one thing in the fake root: "verb" or "verb:argument".
func (j *job) step(step string, out *outcome) error {
	ctx := context.Background()
	verb, arg, _ := strings.Cut(step, ":")
	options := prepareroot.Options{LegacyMounts: j.Legacy, Print: out.print}
	switch verb {
	case "prepare":
		_, err := prepareroot.Prepare(ctx, &prepareroot.PrepareOptions{Options: options, MountVar: j.MountVar})
		return err
	case "prepareat":
		options.Root, options.Cmdline = arg, j.Cmdline
		_, err := prepareroot.Prepare(ctx, &prepareroot.PrepareOptions{Options: options})
		return err
	case "debian":
		text, err := exec.Command("/usr/lib/ostree/ostree-prepare-root", "/sysroot").CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, text)
		}
		return nil
	case "init":
		if arg == "cmdline" {
			options.Cmdline = j.Cmdline
		}
		return prepareroot.PrepareInit(ctx, &options)
	case "remount":
		return prepareroot.Remount(ctx, &prepareroot.RemountOptions{Options: options, Labels: fakeLabels(j.Label)})
	case "nextroot":
		_, err := prepareroot.PrepareNextRoot(ctx, &prepareroot.NextRootOptions{Options: options, Deployment: j.Deployment})
		return err
	case "resetnext":
		return prepareroot.ResetNextRoot(ctx, nil)
	case "stateoverlay":
		return prepareroot.StateOverlay(ctx, &prepareroot.StateOverlayOptions{Options: options, Name: "opt", Target: arg, Checksum: j.Checksum})
	case "usroverlay":
		return j.usrOverlay(ctx, options, arg == "ro")
	case "listen":
		return j.listen()
	case "received":
		return j.received(out)
	case "checksum":
		j.Checksum = arg
		return nil
	case "pivotable":
		return pivotable(arg != "bare")
	case "switch":
		return switchRoot()
	case "enter":
		return errors.Join(unix.Chroot(arg), os.Chdir("/"))
	}
	return probe(verb, arg, out)
}

// probe does small things with files, recording how they went.
func probe(verb, arg string, out *outcome) error {
	switch verb {
	case "write":
		out.Probes[verb+":"+arg] = "ok"
		if err := os.WriteFile(arg, []byte("new"), 0o644); err != nil {
			out.Probes[verb+":"+arg] = rootCause(err)
		}
	case "read":
		data, err := os.ReadFile(arg)
		out.Probes[verb+":"+arg] = string(data)
		if err != nil {
			out.Probes[verb+":"+arg] = rootCause(err)
		}
	case "label":
		buf := make([]byte, 256)
		n, err := unix.Lgetxattr(arg, "security.selinux", buf)
		out.Probes[verb+":"+arg] = strings.TrimSuffix(string(buf[:max(n, 0)]), "\x00")
		if err != nil {
			out.Probes[verb+":"+arg] = rootCause(err)
		}
	case "mkdir":
		return os.MkdirAll(arg, 0o755)
	case "remove":
		return os.RemoveAll(arg)
	case "tmpfs":
		return errors.Join(os.MkdirAll(arg, 0o755), unix.Mount("tmpfs", arg, "tmpfs", 0, ""))
	case "umount":
		return unix.Unmount(arg, unix.MNT_DETACH)
	case "ro":
		return unix.Mount("", arg, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, "")
	case "roots":
		return unix.Mount("", arg, "", unix.MS_REMOUNT|unix.MS_RDONLY, "")
	case "puthex":
		name, text, _ := strings.Cut(arg, "=")
		data, err := hex.DecodeString(text)
		return errors.Join(err, os.WriteFile(name, data, 0o644))
	case "proc":
		return unix.Mount("proc", "/proc", "proc", 0, "")
	case "bind":
		source, name, _ := strings.Cut(arg, "=")
		return unix.Mount(source, name, "", unix.MS_BIND, "")
	case "symlink":
		target, name, _ := strings.Cut(arg, "=")
		return os.Symlink(target, name)
	case "whiteout":
		return unix.Mknod(arg, unix.S_IFCHR, 0)
	case "opaque":
		return unix.Setxattr(arg, "trusted.overlay.opaque", []byte("y"), 0)
	case "put":
		name, text, _ := strings.Cut(arg, "=")
		return errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644))
	default:
		return fmt.Errorf("unknown step %q", verb)
	}
	return nil
}

// listen takes the part of the system's journal.
func (j *job) listen() error {
	const name = "/run/systemd/journal/socket"
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	j.journal = c
	return err
}

func (j *job) received(out *outcome) error {
	buf := make([]byte, 1<<16)
	if err := j.journal.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	n, err := j.journal.Read(buf)
	out.Probes["journal"] = string(buf[:n])
	return err
}

func rootCause(err error) string {
	var e unix.Errno
	if errors.As(err, &e) {
		return unix.ErrnoName(e)
	}
	return err.Error()
}

// switchRoot does what the initramfs does next: the prepared root becomes /, with
// /run, /proc and /dev moved along.
func switchRoot() error {
	for _, name := range []string{"run", "proc", "dev"} {
		if err := unix.Mount("/"+name, "/sysroot/"+name, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return errors.Join(unix.Chroot("/sysroot"), os.Chdir("/"))
}

// pivotable makes the physical root the root of the namespace, as it is for PID 1 of
// a system without an initramfs, with /proc in it.
func pivotable(proc bool) error {
	for _, name := range []string{"proc", "run"} {
		if err := os.MkdirAll("/sysroot/"+name, 0o755); err != nil {
			return err
		}
	}
	if proc {
		if err := unix.Mount("/proc", "/sysroot/proc", "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return err
		}
	}
	if err := errors.Join(os.Chdir("/sysroot"), unix.PivotRoot(".", "."), unix.Unmount(".", unix.MNT_DETACH), os.Chdir("/")); err != nil {
		return err
	}
	return nil
}

func (j *job) usrOverlay(ctx context.Context, options prepareroot.Options, readOnly bool) error {
	for _, name := range []string{"/run/unlock/upper", "/run/unlock/work"} {
		if err := os.MkdirAll(name, 0o755); err != nil {
			return err
		}
	}
	return prepareroot.MountUsrOverlay(ctx, &prepareroot.UsrOverlay{
		Options: options, Lower: "/usr", Upper: "/run/unlock/upper", Work: "/run/unlock/work", ReadOnly: readOnly,
	})
}

// fakeLabels is a policy that knows one type; empty is no policy.
func fakeLabels(label string) prepareroot.Labeler {
	if label == "" {
		return nil
	}
	return labels(label)
}

type labels string

func (l labels) Lookup(path string, _ uint32) (string, bool, error) {
	if filepath.Base(path) == "unlabeled" {
		return "", false, nil
	}
	return string(l), true, nil
}
