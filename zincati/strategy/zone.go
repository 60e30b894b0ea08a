package strategy

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"github.com/nestos-dev/nestos/internal/confine"
)

// localtimeZone is the name that stands for the zone of the host.
const localtimeZone = "localtime"

// maxZoneFile is the largest zone file that is read, in bytes. The largest of the time zone database has 4 KiB.
const maxZoneFile = 1 << 20

// loadZone finds a time zone; its name is the one to show.
func loadZone(root *confine.Root, dir, localtime, name string) (*Zone, error) {
	if name == localtimeZone {
		var err error
		if name, err = hostZone(root, dir, localtime); err != nil {
			return nil, err
		}
	}
	zone, err := readZone(root, dir, name)
	if err != nil {
		return nil, fmt.Errorf("failed to parse time zone named: %s: %w", name, err)
	}
	return zone, nil
}

// hostZone derives the name of the host's zone from where its link leads to; without a link it is UTC.
func hostZone(root *confine.Root, dir, localtime string) (string, error) {
	info, err := root.Lstat(localtime)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().Type() != fs.ModeSymlink {
		return "UTC", nil
	}
	if err != nil {
		return "", err
	}
	target, err := realPath(root, localtime)
	if err != nil {
		return "", err
	}
	if zones, err := realPath(root, dir); err == nil {
		dir = zones
	}
	if target == dir {
		return "", nil
	}
	name, ok := strings.CutPrefix(target, strings.TrimSuffix(dir, "/")+"/")
	if !ok {
		return "", fmt.Errorf("`%s` does not link to a location in `%s`: %w", localtime, dir, errPrefix)
	}
	return name, nil
}

var errPrefix = errors.New("prefix not found")

// maxLinks is how many links are followed on the way to a file, as the kernel does.
const maxLinks = 40

// realPath resolves all links in name. Only the name is of interest: the file is opened through root later.
func realPath(root *confine.Root, name string) (string, error) {
	done, todo := "/", strings.Split(name, "/")
	for links := 0; len(todo) > 0; {
		part := todo[0]
		todo = todo[1:]
		if part == "" || part == "." {
			continue
		}
		next := path.Join(done, part)
		if part == ".." { // never a link; at the top it stays there
			done = next
			continue
		}
		info, err := root.Lstat(next)
		if err != nil {
			return "", err
		}
		if info.Mode().Type() != fs.ModeSymlink {
			done = next
			continue
		}
		if links++; links > maxLinks {
			return "", &fs.PathError{Op: "readlink", Path: name, Err: syscall.ELOOP}
		}
		target, err := root.Readlink(next)
		if err != nil {
			return "", err
		}
		if strings.HasPrefix(target, "/") {
			done = "/"
		}
		todo = append(strings.Split(target, "/"), todo...)
	}
	return done, nil
}

// readZone reads a compiled zone. Names with a dot are refused: they are no zones, and could lead elsewhere.
func readZone(root *confine.Root, dir, name string) (*Zone, error) {
	switch {
	case strings.Contains(name, "."):
		return nil, errors.New("tzfile error: invalid time zone file name")
	case strings.Contains(name, "\x00"):
		return nil, errors.New("file name contained an unexpected NUL byte")
	}
	data, err := readRegular(root, dir+"/"+name, maxZoneFile)
	if name == "UTC" && errors.Is(err, fs.ErrNotExist) {
		return UTC(), nil // systems without a time zone database
	}
	if err != nil {
		return nil, err
	}
	return ParseZone(name, data)
}

// readRegular reads a regular file of at most limit bytes. It never waits, whatever lies there.
func readRegular(root *confine.Root, name string, limit int64) ([]byte, error) {
	f, err := root.OpenFile(name, syscall.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, &fs.PathError{Op: "read", Path: info.Name(), Err: syscall.EISDIR}
	}
	return confine.ReadRegular(f, limit)
}
