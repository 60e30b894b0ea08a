package stream_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/stream"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return data
}

func TestParse(t *testing.T) {
	s, err := stream.Parse(read(t, "stable.json"))
	require.NoError(t, err)
	require.Equal(t, "stable", s.Stream)
	require.Equal(t, "2026-11-01T12:00:00Z", s.Metadata.LastModified)
	x := s.Architectures["x86_64"]
	require.Equal(t, "43.20261101.3.0", x.Artifacts["metal"].Release)
	disk := x.Artifacts["metal"].Formats["raw.xz"].Disk
	require.Equal(t, &stream.Artifact{
		Type: "disk", Location: "https://example.com/x86_64/disk.raw.xz", Signature: "https://example.com/x86_64/disk.raw.xz.sig",
		SHA256: strings.Repeat("a1", 32), UncompressedSHA256: strings.Repeat("b2", 32),
	}, disk)
	require.Equal(t, "ami-1", x.Images.AWS.Regions["eu-west-1"].Image)
	require.Equal(t, "family", x.Images.GCP.Family)
	require.Equal(t, "https://cos.example.com/o", x.Images.IBMCloud.Regions["us"].URL)
	require.Equal(t, "quay.io/x@sha256:1", x.Images.KubeVirt.DigestRef)
	require.Equal(t, "https://azure.example.com/x.vhd", x.RHELCoreOSExtensions.AzureDisk.URL)
	require.Nil(t, s.Architectures["aarch64"].Images.AWS)
}

func TestArtifacts(t *testing.T) {
	s, err := stream.Parse(read(t, "stable.json"))
	require.NoError(t, err)
	types := func(arch, platform, format string) (list []string) {
		all, err := s.Artifacts(arch, platform, format)
		require.NoError(t, err)
		for _, a := range all {
			require.Equal(t, "https://example.com/"+arch+"/"+a.Type, strings.TrimSuffix(a.Location, ".raw.xz"))
			list = append(list, a.Type)
		}
		return list
	}
	require.Equal(t, []string{"disk"}, types("x86_64", "metal", "raw.xz"))
	require.Equal(t, []string{"dtb", "initramfs", "kernel", "rootfs"}, types("x86_64", "metal", "pxe"))
	for _, q := range [][3]string{{"s390x", "metal", "raw.xz"}, {"x86_64", "moon", "raw.xz"}, {"x86_64", "metal", "raw.br"}} {
		_, err := s.Artifacts(q[0], q[1], q[2])
		require.EqualError(t, err, "couldn't find architecture "+q[0]+", platform "+q[1]+", format "+q[2]+" in stream metadata")
	}
}

// in puts an object of formats, or what stands for it, where it belongs.
func in(formats string) string {
	return `{"architectures":{"x86_64":{"artifacts":{"metal":{"formats":` + formats + `}}}}}`
}

func TestParseErrors(t *testing.T) {
	for in, want := range map[string]string{
		"":                                   "unexpected end of JSON input at line 1 column 1",
		"<html>":                             "invalid character '<' looking for beginning of value at line 1 column 1",
		"{}\n{":                              "invalid character '{' after top-level value at line 2 column 1",
		"{}":                                 "missing field `architectures` at line 1 column 2",
		`{"Architectures":{}}`:               "missing field `architectures` at line 1 column 20",
		"null":                               "invalid type: null, expected struct Stream at line 1 column 4",
		" [ ]":                               "invalid type: sequence, expected struct Stream at line 1 column 2",
		`{"architectures":null}`:             "invalid type: null, expected a map at line 1 column 21",
		"{\n \"architectures\":3}":           "invalid type: integer `3`, expected a map at line 2 column 19",
		`{"architectures":{"a":null}}`:       "invalid type: null, expected struct Arch at line 1 column 26",
		`{"architectures":{"a":{}}}`:         "missing field `artifacts` at line 1 column 24",
		in("null"):                           "invalid type: null, expected a map at line 1 column 64",
		in(`{"raw.xz":null}`):                "invalid type: null, expected a map at line 1 column 74",
		in(`{"raw.xz":[1]}`):                 "invalid type: sequence, expected a map at line 1 column 71",
		in(`{"raw.xz":true}`):                "invalid type: boolean `true`, expected a map at line 1 column 74",
		in(`{"raw.xz":{"disk":null}}`):       "invalid type: null, expected struct Artifact at line 1 column 82",
		in(`{"raw.xz":{"disk":{}}}`):         "missing field `location` at line 1 column 80",
		in(`{"f":{"disk":{"Location":""}}}`): "missing field `location` at line 1 column 88",
		in(`{"f":{"disk":{"location":5}}}`):  "invalid type: integer `5`, expected a string at line 1 column 87",
		in(`{"f":{"disk":{"location":"\ud800"}}}`):              "lone surrogate in hex escape at line 1 column 93",
		in(`{"f":{"disk":{"location":"","signature":null}}}`):   "invalid type: null, expected a string at line 1 column 104",
		`{"architectures":{"a":{"artifacts":{"p":{}}}}}`:        "missing field `formats` at line 1 column 42",
		"{\"architectures\":{\"\xff\":{}}}":                     "invalid unicode code point at line 1 column 20",
		`{"architectures":{},"x":` + strings.Repeat("[", 10001): "invalid character '[' exceeded max depth at line 1 column 10024",
		strings.Repeat(" ", stream.MaxSize+1):                   "more than 4194304 bytes",
	} {
		_, err := stream.Parse([]byte(in))
		require.EqualError(t, err, "decoding stream metadata: "+want, in[:min(len(in), 120)])
	}
}

// Nothing that finding an image does not need can keep it from being found.
func TestParseLenient(t *testing.T) {
	const disk = `{"raw.xz":{"disk":{"location":"http://h/x"}}}`
	for _, doc := range []string{
		strings.Replace(in(disk), "{", `{"stream":[],"metadata":1,"release":{"a":[1,{}]},"Architectures":3,`, 1),
		strings.Replace(in(disk), "{", `{"x":"[[[\"[","y":`+strings.Repeat("[", 200)+strings.Repeat("]", 200)+`,`, 1),
		strings.Replace(in(disk), `"artifacts"`, `"images":5,"rhel-coreos-extensions":[],"artifacts"`, 1),
		strings.Replace(in(disk), `"artifacts"`, `"images":{"aws":5,"gcp":[],"kubevirt":{"image":1}},"artifacts"`, 1),
		strings.Replace(in(disk), `"formats"`, `"release":43,"formats"`, 1),
		strings.Replace(in(disk), `"location"`, `"sha256":5,"uncompressed-sha256":{},"Location":7,"location"`, 1),
		strings.Replace(in(disk), `"location"`, `"location":"ftp://earlier","location"`, 1),
		"\n " + strings.NewReplacer("http:", "http:", ":", " :\t", ",", " , ", "raw.xz", `r\u0061w.\u0078z`).Replace(in(disk)) + "\n",
	} {
		s, err := stream.Parse([]byte(doc))
		require.NoError(t, err, doc)
		all, err := s.Artifacts("x86_64", "metal", "raw.xz")
		require.NoError(t, err, doc)
		require.Equal(t, []stream.Artifact{{Type: "disk", Location: "http://h/x"}}, all, doc)
	}
	s, err := stream.Parse([]byte(strings.Replace(in(disk), `"artifacts"`, `"images":{"aws":5,"gcp":{"name":"n","family":1}},"artifacts"`, 1)))
	require.NoError(t, err)
	require.Equal(t, "n", s.Architectures["x86_64"].Images.GCP.Name)

	s, err = stream.Parse([]byte(in(`{"\ud83d\ude00\\ufffd":{},"raw.xz":{}}`)))
	require.NoError(t, err)
	all, err := s.Artifacts("x86_64", "metal", "😀\\ufffd")
	require.NoError(t, err)
	require.Empty(t, all)
}

// The worst document there can be must not take all the memory of a small machine.
func TestParseMemory(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"architectures":{`)
	for n := 0; b.Len() < stream.MaxSize-100; n++ {
		fmt.Fprintf(&b, `"%d":{"artifacts":{"":{"formats":{"":{"":{"location":""}}}}}},`, n)
	}
	data := []byte(strings.TrimSuffix(b.String(), ",") + "}}")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s, err := stream.Parse(data)
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.Greater(t, len(s.Architectures), 50000)
	require.Less(t, int64(after.TotalAlloc-before.TotalAlloc), int64(30*stream.MaxSize))
}

func TestTable(t *testing.T) {
	s, err := stream.Parse(read(t, "stable.json"))
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, stream.WriteTable(&b, s.List()))
	require.Equal(t, `Architecture  Platform   Format
aarch64       metal      4k.raw.xz
aarch64       metal      raw.xz
x86_64        metal      pxe
x86_64        metal      raw.xz
x86_64        openstack  qcow2.xz
`, b.String())

	b.Reset()
	require.NoError(t, stream.WriteTable(&b, nil))
	require.Equal(t, "Architecture  Platform  Format\n", b.String())

	b.Reset()
	require.NoError(t, stream.WriteTable(&b, []stream.Row{{Architecture: "a-very-long-name", Platform: "é", Format: "\x1b[2J"}}))
	require.Equal(t, "Architecture      Platform  Format\na-very-long-name  é         \\x1b[2J\n", b.String())
	require.Error(t, stream.WriteTable(failing{}, nil))
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no") }

func TestURL(t *testing.T) {
	for _, tc := range [][3]string{
		{"https://h/streams/", "stable", "https://h/streams/stable.json"},
		{"https://h/streams", "stable", "https://h/stable.json"},
		{"https://h", "stable", "https://h/stable.json"},
		{"https://h/a/b?x=1#f", "stable", "https://h/a/stable.json"},
		{"https://h/a/", "b/c", "https://h/a/b/c.json"},
		{"https://h/a/", "/c", "https://h/c.json"},
		{"https://h/a/b/", "../c", "https://h/a/c.json"},
		{"https://u:p@h:1/a/", "c", "https://u:p@h:1/a/c.json"},
	} {
		got, err := stream.URL(tc[0], tc[1])
		require.NoError(t, err)
		require.Equal(t, tc[2], got)
	}
	_, err := stream.URL("streams/", "stable")
	require.EqualError(t, err, "building stream URL: relative URL without a base")
	_, err = stream.URL("http://h/%", "stable")
	require.EqualError(t, err, `building stream URL: invalid URL escape "%"`)
}

// getter answers from memory.
type getter struct {
	data []byte
	err  error
}

func (g getter) Bytes(_ context.Context, url string, limit int64) ([]byte, error) {
	if url != "http://h/s.json" || limit != stream.MaxSize {
		return nil, errors.New("not the request expected")
	}
	return g.data, g.err
}

type statusError struct{}

func (statusError) Error() string      { return "anything" }
func (statusError) HTTPStatus() string { return "204 No Content" }

func TestFetch(t *testing.T) {
	s, err := stream.Fetch(t.Context(), getter{data: read(t, "stable.json")}, "http://h/s.json")
	require.NoError(t, err)
	require.Equal(t, "stable", s.Stream)
	_, err = stream.Fetch(t.Context(), getter{err: errors.New("why")}, "http://h/s.json")
	require.EqualError(t, err, "fetching stream metadata: why")
	_, err = stream.Fetch(t.Context(), getter{err: statusError{}}, "http://h/s.json")
	require.EqualError(t, err, "stream metadata fetch from http://h/s.json failed: 204 No Content")
	_, err = stream.Fetch(t.Context(), getter{data: []byte("x")}, "http://h/s.json")
	require.ErrorContains(t, err, "decoding stream metadata: ")
}

func TestRelease(t *testing.T) {
	r, err := stream.ParseRelease(read(t, "release.json"))
	require.NoError(t, err)
	x := r.Architectures["x86_64"]
	require.Equal(t, "43.20261101.3.0", r.Release)
	require.Len(t, x.Commit, 64)
	require.Equal(t, "quay.io/fedora/fedora-coreos:stable", x.OCIImage.Image)
	require.Equal(t, "https://example.com/disk.raw.xz", x.Media["metal"].Artifacts["raw.xz"].Disk.Location)
	require.Equal(t, "ami-1", x.Media["aws"].Images["eu-west-1"].Image)
	require.Equal(t, "family", x.Media["gcp"].Image.Family)
	require.Equal(t, "quay.io/x@sha256:1", x.Media["kubevirt"].Image.DigestRef)
	_, err = stream.ParseRelease([]byte("["))
	require.EqualError(t, err, "decoding release metadata: unexpected end of JSON input at line 1 column 1")
}

func TestReleaseIndex(t *testing.T) {
	r, err := stream.ParseReleaseIndex(read(t, "releases.json"))
	require.NoError(t, err)
	require.Len(t, r.Releases, 2)
	require.Equal(t, stream.IndexRelease{
		Commits:     []stream.IndexCommit{{Architecture: "x86_64", Checksum: strings.Repeat("0c", 32)}},
		OCIImages:   []stream.IndexImage{{Architecture: "x86_64", Image: "quay.io/x", DigestRef: "quay.io/x@sha256:1"}},
		Version:     "43.20261101.3.0",
		MetadataURL: "https://example.com/release.json",
	}, r.Releases[1])
	_, err = stream.ParseReleaseIndex([]byte("3"))
	require.ErrorContains(t, err, "decoding release index: ")
}

// What is written is what was read.
func TestRoundTrip(t *testing.T) {
	s, err := stream.Parse(read(t, "stable.json"))
	require.NoError(t, err)
	out, err := json.Marshal(s)
	require.NoError(t, err)
	require.JSONEq(t, string(read(t, "stable.json")), string(out))
	r, err := stream.ParseRelease(read(t, "release.json"))
	require.NoError(t, err)
	out, err = json.Marshal(r)
	require.NoError(t, err)
	require.JSONEq(t, string(read(t, "release.json")), string(out))
	i, err := stream.ParseReleaseIndex(read(t, "releases.json"))
	require.NoError(t, err)
	out, err = json.Marshal(i)
	require.NoError(t, err)
	require.JSONEq(t, string(read(t, "releases.json")), string(out))
}

func TestArchName(t *testing.T) {
	for in, want := range map[string]string{
		"amd64": "x86_64", "arm64": "aarch64", "loong64": "loongarch64",
		"s390x": "s390x", "ppc64le": "ppc64le", "riscv64": "riscv64",
	} {
		require.Equal(t, want, stream.ArchName(in))
	}
	require.Equal(t, stream.ArchName(runtime.GOARCH), stream.CurrentArch())
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"stable.json", "release.json", "releases.json"} {
		f.Add(read(f, name))
	}
	f.Add([]byte(in(`{"f":{"x":{"location":"\ud83d\ude00"},"disk":{"location":"a\\"}}, "\ud800":{}}`)))
	f.Add([]byte(`{"architectures" : {} , "images":{"aws":5},"stream":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = stream.ParseRelease(data)
		_, _ = stream.ParseReleaseIndex(data)
		s, err := stream.Parse(data)
		if err != nil {
			if len(err.Error()) > 1000 {
				t.Fatal("long error")
			}
			return
		}
		for _, r := range s.List() {
			if _, err := s.Artifacts(r.Architecture, r.Platform, r.Format); err != nil {
				t.Fatal(err)
			}
		}
		out, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		again, err := stream.Parse(out)
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		out2, err := json.Marshal(again)
		if err != nil || !bytes.Equal(out, out2) {
			t.Fatalf("%v\n%s\n%s", err, out, out2)
		}
		if !reflect.DeepEqual(s.List(), again.List()) {
			t.Fatal("lists differ")
		}
	})
}
