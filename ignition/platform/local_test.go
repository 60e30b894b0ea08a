package platform_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/platform"
	"github.com/nestos-dev/nestos/ignition/resource"
)

func TestMetal(t *testing.T) {
	m := newMachine(t)
	require.Empty(t, m.config("metal"))
	require.Equal(t, []string{"DEBUG metal provider fetching empty config"}, m.log())
}

func TestFile(t *testing.T) {
	m := newMachine(t)
	m.file("my.ign", config)
	m.opt.ConfigFile = filepath.Join(m.root, "my.ign")
	m.opt.Offline = true
	require.Equal(t, config, m.config("file"))
	require.Equal(t, []string{`INFO using config file at "ROOT/my.ign"`}, m.log())

	m = newMachine(t)
	t.Chdir(m.root)
	_, err := m.fetch("file")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.Equal(t, []string{
		"INFO using default filename", `INFO using config file at "config.ign"`,
		`ERROR couldn't read config "config.ign": open config.ign: no such file or directory`,
	}, m.log())
	m.file("config.ign", config)
	require.Equal(t, config, m.config("file"))

	require.NoError(t, os.Truncate("config.ign", platform.MaxConfigSize+1))
	_, err = m.fetch("file")
	require.ErrorIs(t, err, platform.ErrTooLarge)
}

// memoryFetcher has resources by URL.
type memoryFetcher struct {
	get   func(ctx context.Context, url string) ([]byte, error)
	asked []string
}

func (f *memoryFetcher) Get(ctx context.Context, url string, _ *resource.GetOptions) ([]byte, error) {
	return f.get(ctx, url)
}

func (f *memoryFetcher) FetchBytes(ctx context.Context, res types.Resource) ([]byte, error) {
	f.asked = append(f.asked, *res.Source)
	return f.get(ctx, *res.Source)
}

func TestCmdlineURL(t *testing.T) {
	for name, c := range map[string]struct{ line, want, log string }{
		"one":              {"root=x ignition.config.url=http://a/b quiet\n", "http://a/b", ""},
		"last":             {"ignition.config.url=http://a\tignition.config.url=tftp://b", "tftp://b", ""},
		"with =":           {"ignition.config.url=http://a/?b=c", "http://a/?b=c", ""},
		"data":             {"ignition.config.url=data:,secret", "data:,secret", ""},
		"password":         {"ignition.config.url=http://a:secret@b/", "http://a:secret@b/", ""},
		"unparsable":       {"ignition.config.url=http://a ignition.config.url=http://%zz:secret", "http://a", `ERROR failed to parse url: invalid syntax`},
		"url beats device": {"ignition.config.url=http://a ignition.config.device=x ignition.config.path=y", "http://a", `WARN "ignition.config.url" takes precedence; ignoring "ignition.config.device" and "ignition.config.path"`},
		"url beats half":   {"ignition.config.url=http://a ignition.config.path=y", "http://a", `WARN "ignition.config.url" takes precedence; ignoring "ignition.config.device" and "ignition.config.path"`},
		"empty at the end": {"ignition.config.url=http://a ignition.config.url=", "http://a", "INFO url flag found but no value provided"},
		"none":             {"root=x xignition.config.url=http://a ignition.config.url", "", ""},
		"empty line":       {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			f := &memoryFetcher{get: func(context.Context, string) ([]byte, error) { return []byte(config), nil }}
			m.opt.Fetcher = f
			m.file("proc/cmdline", c.line)
			r, err := platform.FetchCmdline(t.Context(), m.opt)
			if c.want == "" {
				require.ErrorIs(t, err, platform.ErrNoProvider)
				require.Empty(t, f.asked)
			} else {
				require.NoError(t, err)
				require.Equal(t, config, string(r.Raw))
				require.Equal(t, []string{c.want}, f.asked)
			}
			if c.log != "" {
				require.Contains(t, m.log(), c.log)
			}
			require.NotContains(t, strings.Join(m.log(), "\n"), "secret")
		})
	}
}

func TestCmdlineFailures(t *testing.T) {
	m := newMachine(t)
	_, err := platform.FetchCmdline(t.Context(), m.opt)
	require.ErrorIs(t, err, fs.ErrNotExist)

	other := filepath.Join(m.root, "other")
	m.file("other", "ignition.config.url=https://a/b")
	m.opt.Cmdline = other
	m.opt.Offline = true
	_, err = platform.FetchCmdline(t.Context(), m.opt)
	require.ErrorIs(t, err, resource.ErrNeedsNetwork)

	m.opt.Offline = false
	_, m.opt.Fetcher = newCloud(t, reply{status: 404})
	m.file("other", "ignition.config.url=http://a/b")
	_, err = platform.FetchCmdline(t.Context(), m.opt)
	require.ErrorIs(t, err, resource.ErrNotFound)

	m.opt.Offline = true
	m.file("other", "ignition.config.url=data:,%7B%7D")
	r, err := platform.FetchCmdline(t.Context(), m.opt)
	require.NoError(t, err)
	require.Equal(t, "{}", string(r.Raw))
}

func TestCmdlineDevice(t *testing.T) {
	cmdline := func(t *testing.T, m *machine, line string) (string, error) {
		m.file("proc/cmdline", line)
		r, err := platform.FetchCmdline(t.Context(), m.opt)
		return string(r.Raw), err
	}
	for name, c := range map[string]struct{ line, want, err string }{
		"both":           {"ignition.config.device=boot ignition.config.path=/ignition/config.ign", config, ""},
		"relative":       {"ignition.config.path=ignition/config.ign ignition.config.device=boot", config, ""},
		"confined":       {"ignition.config.device=boot ignition.config.path=../../ignition/./config.ign", config, ""},
		"link":           {"ignition.config.device=boot ignition.config.path=abs", config, ""},
		"only device":    {"ignition.config.device=boot", "", `both "ignition.config.device" and "ignition.config.path" must be provided together`},
		"only path":      {"ignition.config.path=x", "", `both "ignition.config.device" and "ignition.config.path" must be provided together`},
		"empty path":     {"ignition.config.device=boot ignition.config.path=", "", `both "ignition.config.device" and "ignition.config.path" must be provided together`},
		"no label":       {"ignition.config.device=../boot ignition.config.path=x", "", `invalid device label "../boot"`},
		"no label but …": {"ignition.config.device=.. ignition.config.path=x", "", `invalid device label ".."`},
		"missing":        {"ignition.config.device=boot ignition.config.path=none", "", `config file "none" not found on device "boot"`},
		"directory":      {"ignition.config.device=boot ignition.config.path=ignition", "", "ignition is not a regular file"},
		"fifo":           {"ignition.config.device=boot ignition.config.path=fifo", "", "fifo is not a regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			m.opt.Offline = true
			m.drive("boot", "ignition/config.ign", config, "abs", "link:/ignition/config.ign", "fifo", "fifo:")
			got, err := cmdline(t, m, c.line)
			if c.err != "" {
				require.Error(t, err)
				require.Equal(t, c.err, m.shown(err.Error()))
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			require.Equal(t, []string{"mount -o ro -t auto ROOT/dev/disk/by-label/boot TMP"}, m.commands())
		})
	}
	t.Run("appears in time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(t)
			time.AfterFunc(30500*time.Millisecond, func() { m.drive("boot", "x", config) })
			got, err := cmdline(t, m, "ignition.config.device=boot ignition.config.path=x")
			require.EqualError(t, err, `device "boot" did not appear within timeout`)
			require.Empty(t, got)
			start := time.Now()
			got, err = cmdline(t, m, "ignition.config.device=boot ignition.config.path=x")
			require.NoError(t, err)
			require.Equal(t, config, got)
			require.Equal(t, time.Second, time.Since(start))
		})
	})
}

func TestBlueField(t *testing.T) {
	const fifo = "sys/bus/platform/devices/MLNXBF04:00/bootfifo"
	m := newMachine(t)
	_, err := m.fetch("nvidiabluefield")
	require.ErrorContains(t, err, "modprobe: not found")
	m.programs["modprobe"] = succeed
	require.Empty(t, m.config("nvidiabluefield"))
	require.Contains(t, m.log(), "INFO No config found in any of the NVIDIA BlueField bootfifo interfaces")
	m.file(fifo, "")
	require.Empty(t, m.config("nvidiabluefield"))
	m.file(fifo, "\x00"+config+"\x00\x00")
	require.Equal(t, config, m.config("nvidiabluefield"))
	require.Equal(t, "modprobe mlxbf_bootctl", m.commands()[0])
	require.NoError(t, os.Remove(filepath.Join(m.root, fifo)))
	require.NoError(t, os.Mkdir(filepath.Join(m.root, fifo), 0o755))
	_, err = m.fetch("nvidiabluefield")
	require.Error(t, err)
}

func TestZVM(t *testing.T) {
	const listing = `ORIGINID FILE CLASS RECORDS  CPY HOLD DATE  TIME     NAME      TYPE     DIST
VMA      0001 T PUN 00000003 001 NONE 06-06 18:28:05 kernel    img      VMADIST
VMA      0008 T PUN 00000045 001 NONE 06-06 18:28:06 machine   ign      VMADIST
`
	newReader := func(t *testing.T, listing string) *machine {
		m := newMachine(t)
		for _, name := range []string{"modprobe", "chccwdev", "cio_ignore", "udevadm"} {
			m.programs[name] = succeed
		}
		m.programs["vmur"] = func(p platform.Program) (string, error) {
			if p.Args[0] == "li" {
				return listing, nil
			}
			return "", os.WriteFile(filepath.Join(p.Dir, p.Args[3]), []byte(config+"\x00\x00"), 0o600)
		}
		return m
	}
	m := newReader(t, listing)
	require.Equal(t, config, m.config("zvm"))
	require.Equal(t, []string{"modprobe vmur", "chccwdev -e 000c", "udevadm settle", "vmur li", "vmur re -f 0008 machine.ign"}, m.commands())
	require.Contains(t, m.log(), `INFO using config file at "machine.ign"`)

	m = newReader(t, listing)
	online := 0
	m.programs["chccwdev"] = func(platform.Program) (string, error) {
		if online++; online == 1 {
			return "", errors.New("ignored")
		}
		return "", nil
	}
	require.Equal(t, config, m.config("zvm"))
	require.Equal(t, []string{"modprobe vmur", "chccwdev -e 000c", "cio_ignore -r 000c", "chccwdev -e 000c", "udevadm settle"}, m.commands()[:5])

	m = newReader(t, strings.ReplaceAll(listing, " ign ", " txt "))
	require.Empty(t, m.config("zvm"))

	m = newReader(t, strings.ReplaceAll(listing, " machine ", " ../../x "))
	_, err := m.fetch("zvm")
	require.EqualError(t, err, `"../../x.ign" is not the name of a spool file`)

	for failing, want := range map[string]string{
		"modprobe": "couldn't install vmur module: ", "chccwdev": "couldn't online reader device: ",
		"cio_ignore": `couldn't expose reader device "000c": `, "udevadm": "broken", "vmur": "can not get reader device: ",
	} {
		m := newReader(t, listing)
		broken := func(platform.Program) (string, error) { return "", errors.New("broken") }
		m.programs[failing] = broken
		if failing == "cio_ignore" {
			m.programs["chccwdev"] = broken
		}
		_, err := m.fetch("zvm")
		require.ErrorContains(t, err, want, failing)
	}
}
