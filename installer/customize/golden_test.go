package customize_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/installer/customize"
	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/initrd"
	"github.com/nestos-dev/nestos/installer/iso"
)

// testdata/cases.txt lists images and options, testdata/golden holds what coreos-installer
// 0.26 makes of them. To record it anew:
//
//	go test -run Golden -reference /usr/bin/coreos-installer
var reference = flag.String("reference", "", "record the golden files with this coreos-installer")

// result is what a customization gives, in a form that does not depend on compression, on the
// order of keys and on whether absent fields are written as null.
type result struct {
	Notes string         `json:"notes"`
	Error string         `json:"error,omitempty"` // without its causes
	Kargs string         `json:"kargs,omitempty"` // of an ISO
	Files map[string]any `json:"files,omitempty"`
	area  int            // bytes of the compressed initrd
}

func TestGolden(t *testing.T) {
	for _, c := range readCases(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join("testdata/golden", c.name+".json")
			input := prepare(t, c.image)
			var size int
			if *reference != "" {
				r := c.askReference(t, input)
				size = r.area
				require.NoError(t, os.WriteFile(path, r.encode(t), 0o644))
			}
			got := c.run(t, input)
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got.encode(t)))
			if size > 0 {
				t.Logf("compressed size %d, reference %d", got.area, size)
				require.LessOrEqual(t, got.area, size+size/33+64)
			}
		})
	}
}

type testCase struct {
	name, image string
	args        []string
}

func readCases(t *testing.T) []testCase {
	data, err := os.ReadFile("testdata/cases.txt")
	require.NoError(t, err)
	var cases []testCase
	for scanner := bufio.NewScanner(bytes.NewReader(data)); scanner.Scan(); {
		if line := scanner.Text(); line != "" && line[0] != '#' {
			words := strings.Fields(line)
			cases = append(cases, testCase{words[0], words[1], words[2:]})
		}
	}
	require.NotEmpty(t, cases)
	return cases
}

func (c *testCase) pxe() bool { return strings.HasPrefix(c.image, "pxe") }

func (c *testCase) run(t *testing.T, input []byte) result {
	var r result
	o := parseOptions(t, c.args)
	o.Message = func(text string) { r.Notes += text + "\n" }
	var out []byte
	var err error
	if c.pxe() {
		var b bytes.Buffer
		o.Flavour = flavour.CoreOS()
		err = customize.PXE(t.Context(), bytes.NewReader(input), &b, o)
		out = b.Bytes()
	} else {
		out, err = customizeISO(t, input, o)
	}
	if err != nil {
		r.Error = err.Error()
		// The first level ends where the error it wraps begins.
		if inner := unwrap(err); inner != nil {
			r.Error = strings.TrimSuffix(r.Error, ": "+inner.Error())
		}
		return r
	}
	c.inspect(t, input, out, &r)
	return r
}

func unwrap(err error) error {
	u, ok := err.(interface{ Unwrap() error })
	if !ok {
		return nil
	}
	return u.Unwrap()
}

func customizeISO(t *testing.T, input []byte, o *customize.Options) ([]byte, error) {
	img, err := iso.New(bytes.NewReader(input), int64(len(input)), &iso.Options{Default: flavour.CoreOS()})
	require.NoError(t, err)
	if err := customize.ISO(img, o); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	_, err = img.WriteTo(&b)
	require.NoError(t, err)
	return b.Bytes(), nil
}

func (c *testCase) askReference(t *testing.T, input []byte) result {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	require.NoError(t, os.WriteFile(in, input, 0o600))
	kind := "iso"
	if c.pxe() {
		kind = "pxe"
	}
	args := append([]string{kind, "customize", "-o", out}, c.args...)
	for n, arg := range args {
		if strings.HasPrefix(arg, "--") && n+1 < len(args) && isFileOption(arg) {
			args[n+1] = "testdata/in/" + args[n+1]
		} else if strings.HasPrefix(arg, "--") && n+1 < len(args) {
			args[n] += "=" + args[n+1]
			args = slices.Delete(args, n+1, n+2)
		}
		if n+1 >= len(args) {
			break
		}
	}
	cmd := exec.Command(*reference, append(args, in)...)
	cmd.Env = []string{"RUST_BACKTRACE=0"}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	notes, failure, _ := strings.Cut(stderr.String(), "Error: ")
	r := result{Notes: strings.ReplaceAll(notes, "testdata/in/", "")}
	if err != nil {
		r.Error, _, _ = strings.Cut(strings.TrimSpace(failure), "\n\nCaused by:")
		r.Error = strings.ReplaceAll(r.Error, "testdata/in/", "")
		return r
	}
	data, err := os.ReadFile(out)
	require.NoError(t, err)
	c.inspect(t, input, data, &r)
	return r
}

func isFileOption(name string) bool {
	_, ok := fileFields(&customize.Options{})[name]
	return ok
}

func fileFields(o *customize.Options) map[string]*[]customize.File {
	return map[string]*[]customize.File{
		"--dest-ignition": &o.DestIgnition, "--network-keyfile": &o.NetworkKeyfile, "--network-nmstate": &o.NetworkNmstate,
		"--ignition-ca": &o.IgnitionCA, "--pre-install": &o.PreInstall, "--post-install": &o.PostInstall,
		"--installer-config": &o.InstallerConfig, "--live-ignition": &o.LiveIgnition,
	}
}

func parseOptions(t *testing.T, args []string) *customize.Options {
	o := &customize.Options{}
	files := fileFields(o)
	lists := map[string]*[]string{
		"--dest-karg-append": &o.DestKargAppend, "--dest-karg-delete": &o.DestKargDelete, "--live-karg-append": &o.LiveKargAppend,
		"--live-karg-delete": &o.LiveKargDelete, "--live-karg-replace": &o.LiveKargReplace,
	}
	for len(args) > 0 {
		name := args[0]
		if name == "-f" {
			o.Force, args = true, args[1:]
			continue
		}
		value := args[1]
		args = args[2:]
		switch {
		case files[name] != nil:
			data, err := os.ReadFile(filepath.Join("testdata/in", value))
			require.NoError(t, err)
			*files[name] = append(*files[name], customize.File{Path: value, Data: data})
		case lists[name] != nil:
			*lists[name] = append(*lists[name], value)
		case name == "--dest-device":
			o.DestDevice = value
		case name == "--dest-console":
			c, err := config.ParseConsole(value)
			require.NoError(t, err)
			o.DestConsole = append(o.DestConsole, c)
		default:
			t.Fatal("unknown option " + name)
		}
	}
	return o
}

// inspect fills in the contents of an output.
func (c *testCase) inspect(t *testing.T, in, out []byte, r *result) {
	var archive *initrd.Archive
	var err error
	if c.pxe() {
		require.True(t, bytes.HasPrefix(out, in))
		segment := out[len(in):]
		require.NotEmpty(t, segment)
		r.area = len(segment)
		archive, err = initrd.Read(bytes.NewReader(segment), nil)
	} else {
		var img *iso.Image
		img, err = iso.New(bytes.NewReader(out), int64(len(out)), &iso.Options{Default: flavour.CoreOS()})
		require.NoError(t, err)
		if img.KargsSupported() {
			r.Kargs, err = img.Kargs()
			require.NoError(t, err)
		}
		area, err2 := img.InitrdArea()
		require.NoError(t, err2)
		r.area = len(bytes.TrimRight(out[area.Offset:area.Offset+area.Length], "\x00"))
		archive, err = img.Initrd()
	}
	require.NoError(t, err)
	for _, path := range archive.Paths() {
		data, _ := archive.Get(path)
		if r.Files == nil {
			r.Files = map[string]any{}
		}
		r.Files[path] = decode(t, data)
	}
}

func (r *result) encode(t *testing.T) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	require.NoError(t, enc.Encode(r))
	return b.Bytes()
}
