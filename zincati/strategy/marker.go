package strategy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"syscall"
	"time"

	"github.com/nestos-dev/nestos/internal/confine"
)

// maxMarker is the largest marker file that is read, in bytes.
const maxMarker = 64 << 10

// marker consents while a file exists that only root could have written, and has not expired.
type marker struct {
	root  string
	path  string
	owner uint32
	now   func() time.Time
}

func newMarker(s Settings, o *Options) (Strategy, error) {
	return &marker{root: s.Root, path: s.MarkerPath, now: o.Now}, nil
}

func (m *marker) Name() string                               { return MarkerFile }
func (m *marker) Describe(time.Time) string                  { return MarkerFile }
func (m *marker) ReportSteady(context.Context) (bool, error) { return true, nil }
func (m *marker) NextWindow(time.Time) (time.Time, bool)     { return time.Time{}, false }

// Permits implements Local: the marker is all that there is.
func (m *marker) Permits(ctx context.Context) (bool, error) { return m.CanFinalize(ctx) }

// CanFinalize reads the file anew: it may be made, changed or removed at any time. Its absence is a plain no, as is an
// expired one; whatever else is not a clear yes is an error.
func (m *marker) CanFinalize(context.Context) (bool, error) {
	data, err := m.read()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("marker file '%s': %w", m.path, err)
	}
	until, limited, err := parseMarker(data)
	if err != nil {
		return false, fmt.Errorf("marker file '%s': %w", m.path, err)
	}
	return !limited || m.now().Unix() < until, nil
}

func (m *marker) read() ([]byte, error) {
	root, err := confine.OpenRoot(m.root)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	info, err := root.Lstat(m.path)
	switch {
	case err != nil:
		return nil, err
	case info.Mode().Type() == fs.ModeSymlink:
		// Who may make links in the directory could point at any file of root's.
		return nil, errors.New("is a symbolic link, which is not allowed")
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("is not a regular file but %s", typeName(info.Mode()))
	}
	f, err := root.OpenFile(m.path, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, err
	}
	if err := m.checkOwner(info); err != nil {
		return nil, err
	}
	return confine.ReadRegular(f, maxMarker)
}

func (m *marker) checkOwner(info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New("its owner cannot be found out")
	}
	if st.Uid != m.owner {
		return fmt.Errorf("is owned by user %d, not by %d", st.Uid, m.owner)
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Errorf("is writable by others than its owner (mode %04o)", mode)
	}
	return nil
}

func typeName(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

// parseMarker reads {"allowUntil": UNIX}. Without the key there is no limit. It is strict where encoding/json is
// not: a key that is misspelled or given twice must not turn a limited consent into an unlimited one.
func parseMarker(data []byte) (until int64, limited bool, err error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if tok, err := dec.Token(); err != nil {
		return 0, false, jsonError(err)
	} else if tok != json.Delim('{') {
		return 0, false, errors.New("is not a JSON object")
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return 0, false, jsonError(err)
		}
		if key != "allowUntil" {
			return 0, false, fmt.Errorf("unknown key %q", key)
		}
		if limited {
			return 0, false, errors.New("key \"allowUntil\" is given twice")
		}
		value, err := dec.Token()
		if err != nil {
			return 0, false, jsonError(err)
		}
		number, ok := value.(json.Number)
		if !ok {
			return 0, false, errors.New("\"allowUntil\" is not a number")
		}
		if until, err = strconv.ParseInt(number.String(), 10, 64); err != nil {
			return 0, false, fmt.Errorf("\"allowUntil\" is not a Unix time in seconds: %.40s", number)
		}
		limited = true
	}
	if _, err := dec.Token(); err != nil {
		return 0, false, jsonError(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return 0, false, errors.New("has something after its JSON object")
	}
	return until, limited, nil
}

func jsonError(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("is not JSON: %w", err)
}
