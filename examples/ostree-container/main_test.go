package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// world is a directory with repositories, a registry, and the program.
type world struct {
	t        *testing.T
	dir      string
	registry string
	env      map[string]string
}

func newWorld(t *testing.T) *world {
	s := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(s.Close)
	w := &world{t: t, dir: t.TempDir(), registry: strings.TrimPrefix(s.URL, "http://"), env: map[string]string{}}
	w.env["HOME"] = w.dir
	for _, repo := range []string{"src", "dst"} {
		mode := ostree.ModeArchive
		if repo == "dst" {
			mode = ostree.ModeBareUser
		}
		r, err := ostree.Init(w.path(repo), &ostree.InitOptions{Mode: mode})
		require.NoError(t, err)
		require.NoError(t, r.Close())
	}
	return w
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

// expand replaces SRC, DST, DIR and REG in arguments.
func (w *world) expand(s string) string {
	return strings.NewReplacer("SRC", w.path("src"), "DST", w.path("dst"), "DIR", w.dir, "REG", w.registry).Replace(s)
}

// run runs one command line, whose arguments are separated by spaces.
func (w *world) run(line string) (stdout, stderr string, code int) {
	w.t.Helper()
	var out, errs bytes.Buffer
	env := &cli.Env{Program: "ostree container", Stdout: &out, Stderr: &errs, Getenv: func(k string) string { return w.env[k] }}
	code = run(w.t.Context(), env, strings.Fields(w.expand(line)))
	return out.String(), errs.String(), code
}

// ok runs a command line that succeeds, and returns its output.
func (w *world) ok(line string) string {
	w.t.Helper()
	stdout, stderr, code := w.run(line)
	require.Zero(w.t, code, "%s: %s", line, stderr)
	return stdout
}

// fails runs a command line that fails, and returns the error.
func (w *world) fails(line string) string {
	w.t.Helper()
	_, stderr, code := w.run(line)
	require.Equal(w.t, 1, code, line)
	i := strings.LastIndex(stderr, "error: ")
	require.GreaterOrEqual(w.t, i, 0, stderr)
	return strings.TrimSuffix(stderr[i+len("error: "):], "\n")
}

// commit makes a commit with one file on the ref main.
func (w *world) commit(text string) string {
	w.t.Helper()
	r, err := ostree.Open(w.path("src"), nil)
	require.NoError(w.t, err)
	defer r.Close()
	tree := w.t.TempDir()
	require.NoError(w.t, os.MkdirAll(filepath.Join(tree, "usr/etc"), 0o755))
	require.NoError(w.t, os.WriteFile(filepath.Join(tree, "usr/etc/file"), []byte(text), 0o644))
	require.NoError(w.t, os.WriteFile(filepath.Join(tree, "usr/other"), []byte("other"), 0o644))
	txn, err := r.Begin(w.t.Context(), nil)
	require.NoError(w.t, err)
	defer txn.Abort()
	t := ostree.NewTree()
	require.NoError(w.t, txn.AddDirectory(w.t.Context(), t, tree, &ostree.Modifier{CanonicalPermissions: true}))
	root, meta, err := txn.WriteTree(t)
	require.NoError(w.t, err)
	md := &object.Dict{}
	md.Set("version", object.NewString("1."+text))
	sum, err := txn.WriteCommit(w.t.Context(), root, meta, &ostree.CommitOptions{Subject: "subject " + text, Time: time.Unix(1700000000, 0), Metadata: md})
	require.NoError(w.t, err)
	require.NoError(w.t, txn.SetRef("main", sum))
	_, err = txn.Commit(w.t.Context())
	require.NoError(w.t, err)
	return sum.String()
}

// The life of an image, from the first commit to the removal.
func TestLife(t *testing.T) {
	w := newWorld(t)
	commit := w.commit("a")
	digest := w.ok("encapsulate --repo=SRC --label a=b -l c=d=e --copymeta version --copymeta-opt none --cmd sh --cmd -c main docker://REG/os:1")
	require.Regexp(t, `^sha256:[0-9a-f]{64}\n$`, digest)
	require.Equal(t, digest, w.ok("export --repo=SRC --label=a=b -l c=d=e --copymeta=version --cmd=sh --cmd=-c main registry:REG/os:1"), "the alias")
	require.Equal(t, w.expand("ostree-unverified-registry:REG/os:1 digest: "+digest), w.ok("info ostree-unverified-registry:REG/os:1"))

	out := w.ok("image pull DST ostree-unverified-registry:REG/os:1 --ostree-digestfile DIR/digest")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Regexp(t, `^layers already present: 0; layers needed: 1 \(\d+\.\d.[kM]B\)$`, lines[0])
	merge, err := os.ReadFile(w.path("digest"))
	require.NoError(t, err)
	require.Equal(t, w.expand("Wrote: ostree-unverified-registry:REG/os:1 => ")+string(merge), lines[1])
	require.Equal(t, w.expand("No changes in ostree-unverified-registry:REG/os:1 => ")+string(merge)+"\n", w.ok("image pull DST ostree-unverified-image:docker://REG/os:1 --quiet"))
	require.Equal(t, w.expand("docker://REG/os:1\n"), w.ok("image list --repo DST"))
	testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "ostree"), "fsck", "--repo="+w.path("dst"))

	require.Regexp(t, `^ ID                    SIZE +CREATED BY\n [0-9a-f]{20}  \d+\.\d [kM]B  subject a\n$`, w.ok("image history --repo DST docker://REG/os:1"))
	var manifest v1.Manifest
	require.NoError(t, json.Unmarshal([]byte(w.ok("image metadata --repo DST docker://REG/os:1")), &manifest))
	require.Equal(t, map[string]string{"a": "b", "c": "d=e", "version": "1.a", "org.opencontainers.image.version": "1.a", "ostree.commit": commit,
		"ostree.final-diffid": manifest.Annotations["ostree.final-diffid"]}, manifest.Annotations)
	var config v1.ConfigFile
	require.NoError(t, json.Unmarshal([]byte(w.ok("image metadata --config --repo DST docker://REG/os:1")), &config))
	require.Equal(t, []string{"sh", "-c"}, config.Config.Cmd)

	w.update()
	require.Equal(t, "Removed images: 1 layers: 1\n", w.ok("image remove --repo DST docker://REG/os:1"))
	require.Empty(t, w.ok("image list --repo DST"))
	require.Equal(t, "[]\n", w.ok("image list --json --repo DST"))
	require.Equal(t, w.expand("Missing images: docker://REG/os:1"), w.fails("image remove --repo DST docker://REG/os:1"))
}

// update checks for a newer image, and pulls it.
func (w *world) update() {
	t := w.t
	require.Contains(t, w.ok("image pull DST ostree-unverified-registry:REG/os:1 --check DIR/manifest"), "No changes in")
	require.NoFileExists(t, w.path("manifest"))
	w.commit("b")
	digest := strings.TrimSpace(w.ok("encapsulate --repo SRC --compression-fast main docker://REG/os:1"))
	require.Empty(t, w.ok("image pull DST ostree-unverified-registry:REG/os:1 --check DIR/manifest"))
	b, err := os.ReadFile(w.path("manifest"))
	require.NoError(t, err)
	require.Contains(t, string(b), `"layers":[{`)
	var list []struct {
		Image  string
		Digest string
		Base   string
		Update struct{ Digest, Version string } `json:"cached-update"`
	}
	require.NoError(t, json.Unmarshal([]byte(w.ok("image list --json --repo DST")), &list))
	require.Len(t, list, 1)
	require.Equal(t, w.expand("docker://REG/os:1"), list[0].Image)
	require.Equal(t, digest, list[0].Update.Digest)
	require.Equal(t, "1.b", list[0].Update.Version)
	w.ok("image clear-cached-update --repo DST docker://REG/os:1")
	require.NotContains(t, w.ok("image list --json --repo DST"), "cached-update")

	out := w.ok("image pull DST ostree-unverified-registry:REG/os:1")
	require.Regexp(t, `^Total new layers: 1     Size: .*\nRemoved layers:   1     Size: .*\nAdded layers:     1     Size: .*\nlayers already present: 0; layers needed: 1`, out)
}

// Images are copied, exported again, compared, and given signatures.
func TestMoreImageCommands(t *testing.T) {
	w := newWorld(t)
	commit := w.commit("a")
	w.ok("encapsulate --repo SRC main oci:DIR/oci:x")
	w.ok("image pull DST ostree-unverified-image:oci:DIR/oci:x")
	require.Empty(t, w.ok("image copy --src-repo DST --dest-repo SRC ostree-unverified-image:oci:DIR/oci:x"))
	require.Equal(t, w.expand("oci:DIR/oci:x\n"), w.ok("image list --repo SRC"))
	require.Regexp(t, `^Exported: sha256:[0-9a-f]{64}\n$`, w.ok("image reexport --repo DST oci:DIR/oci:x oci-archive:DIR/again.tar"))
	out := w.ok("compare ostree-unverified-image:oci:DIR/oci:x ostree-unverified-image:oci-archive:DIR/again.tar")
	require.Regexp(t, `^Total new layers: 1     Size: .*\nRemoved layers:   0     Size: 0.bytes\nAdded layers:     0     Size: 0.bytes\n$`, out)
	w.ok("image reexport --compression-fast --repo DST oci:DIR/oci:x docker://REG/again")
	var diff container.ManifestDiff
	require.NoError(t, json.Unmarshal([]byte(w.ok("compare --json ostree-unverified-image:oci:DIR/oci:x ostree-unverified-registry:REG/again")), &diff))
	require.Len(t, diff.Added, 1)

	require.Equal(t, "Removed images: 1\n", w.ok("image remove --skip-gc --repo DST oci:DIR/oci:x"))
	require.Equal(t, "Removed layers: 1\n", w.ok("image prune-layers --repo DST"))
	require.Equal(t, "Imported: "+commit+"\n", w.ok("unencapsulate --repo DST ostree-unverified-registry:REG/again"))
	require.Equal(t, "Imported: os => "+commit+"\n", w.ok("import --quiet --repo DST --write-ref os ostree-unverified-registry:REG/again"))

	d := &object.Dict{}
	d.Set("key", object.NewString("value"))
	require.NoError(t, os.WriteFile(w.path("meta"), d.Value().Bytes(), 0o644))
	require.Regexp(t, `^Pushed: sha256:[0-9a-f]{64}\n$`, w.ok("image replace-detached-metadata --src oci:DIR/oci:x --dest docker://REG/signed DIR/meta"))
	w.ok("unencapsulate --repo DST ostree-unverified-registry:REG/signed")
	show := testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "ostree"), "show", "--repo="+w.path("dst"), "--print-detached-metadata-key=key", commit)
	require.Equal(t, "'value'\n", show.Stdout)

	var info struct {
		Image, Digest, Version string
		Labels                 map[string]string
		Layers                 []container.HistoryEntry
	}
	out = strings.ReplaceAll(w.ok("info --json ostree-unverified-registry:REG/signed"), `"kind": "commit"`, `"kind": 0`)
	require.NoError(t, json.Unmarshal([]byte(out), &info))
	require.Equal(t, "1.a", info.Version)
	require.Equal(t, commit, info.Labels["ostree.commit"])
	require.Len(t, info.Layers, 1)
}

// Content metadata give each component a layer.
func TestContentMeta(t *testing.T) {
	w := newWorld(t)
	w.commit("a")
	sum := object.ContentChecksum(&object.FileHeader{Mode: object.ModeRegular | 0o644}, []byte("other"))
	text := fmt.Sprintf(`{"version":1,"created":"2001-02-03T04:05:06Z","labels":{"from":"file"},"layers":{"z-1":"z","a-1":"a","b-1":"b","unpackaged":"rest"},"mapping":{"%s":"a-1"}}`, sum)
	require.NoError(t, os.WriteFile(w.path("meta.json"), []byte(text), 0o644))
	w.ok("encapsulate --repo SRC --contentmeta DIR/meta.json main docker://REG/chunked")
	w.ok("image pull DST ostree-unverified-registry:REG/chunked")
	history := w.ok("image history --repo DST docker://REG/chunked")
	require.Regexp(t, `(?s)subject a\n.*a-1\n.*Reserved for new packages\n$`, history)
	require.Contains(t, w.ok("image metadata --config --repo DST docker://REG/chunked"), `"created":"2001-02-03T04:05:06Z"`)
	require.Contains(t, w.ok("image metadata --repo DST docker://REG/chunked"), `"from":"file"`)
	for bad, want := range map[string]string{
		`{"version":2,"layers":{},"mapping":{}}`:                                 "Unsupported metadata version: 2. Currently supported: 1",
		`{"version":1,"ordered":true,"layers":{},"mapping":{}}`:                  "Ordered mapping not currently supported.",
		`{"version":1,"layers":{},"mapping":{"x":"y"}}`:                          "mapping",
		`{"version":1,"layers":[]}`:                                              "instead of an object",
		`{"version":1`:                                                           "unexpected EOF",
		`{"version":1,"layers":{"a":"x,y","b":"","c":"","d":""}}`:                "invalid component name",
		fmt.Sprintf(`{"version":1,"layers":{"a":""},"mapping":{"%s":"b"}}`, sum): "unknown component \"b\"",
	} {
		require.NoError(t, os.WriteFile(w.path("bad.json"), []byte(bad), 0o644))
		require.Contains(t, w.fails("encapsulate --repo SRC --contentmeta DIR/bad.json main docker://REG/bad"), want, bad)
	}
}

// The runtime configuration comes from a file, labels and command from the options.
func TestConfigFile(t *testing.T) {
	w := newWorld(t)
	w.commit("a")
	require.NoError(t, os.WriteFile(w.path("config.json"), []byte(`{"Env":["A=b"],"Labels":{"kept":"1"},"Cmd":["x"],"User":"7"}`), 0o644))
	w.ok("encapsulate --repo SRC --config DIR/config.json -l new=2 main oci:DIR/oci")
	w.ok("image pull DST ostree-unverified-image:oci:DIR/oci")
	var config v1.ConfigFile
	require.NoError(t, json.Unmarshal([]byte(w.ok("image metadata --config --repo DST oci:DIR/oci")), &config))
	require.Equal(t, []string{"A=b"}, config.Config.Env)
	require.Equal(t, "7", config.Config.User)
	require.Equal(t, []string{"x"}, config.Config.Cmd)
	require.Equal(t, "1", config.Config.Labels["kept"])
	require.Equal(t, "2", config.Config.Labels["new"])
}

func TestErrors(t *testing.T) {
	w := newWorld(t)
	w.commit("a")
	w.ok("encapsulate --repo SRC main oci:DIR/oci")
	require.NoError(t, os.Mkdir(w.path("empty"), 0o755))
	for line, want := range map[string]string{
		"":            "No command specified",
		"container":   "No command specified",
		"nope":        "Unknown command 'nope'",
		"image":       `No "image" subcommand specified`,
		"image nope":  `Unknown "image" subcommand 'nope'`,
		"info --nope": "Unknown option --nope",
		"info":        "Not enough arguments: IMGREF",
		"info a b":    "Too many arguments given",
		"image list":  "Command requires a --repo argument",
		// the grammar of references
		"info foo":                                                        "Missing ':' in foo",
		"info foo:bar":                                                    "Invalid ostree image reference scheme: foo",
		"info ostree-remote-image:x":                                      "Missing second ':' in ostree-remote-image:x",
		"info ostree-remote-registry:x":                                   "Missing second ':' in ostree-remote-registry:x",
		"info ostree-unverified-image:x":                                  "Missing ':' in x",
		"info ostree-unverified-image:x:y":                                "Unknown transport 'x'",
		"info ostree-unverified-image:registry:":                          "Invalid empty name in registry:",
		"info ostree-unverified-image:docker:x":                           "Missing // in docker:// in docker:x",
		"image history --repo DST x":                                      "Missing ':' in x",
		"image remove --repo DST foo:bar":                                 "Unknown transport 'foo'",
		"encapsulate --repo SRC main x":                                   "Missing ':' in x",
		"encapsulate --repo SRC main foo:x":                               "Unknown transport 'foo'",
		"image metadata --repo DST oci:x":                                 "No such image: oci:x",
		"image history --repo DST oci:x":                                  "No such image: oci:x",
		"image clear-cached-update --repo DST oci:x":                      "No such image: oci:x",
		"image reexport --repo DST oci:x oci:y":                           "No such image: oci:x",
		"encapsulate --repo SRC -l x main oci:DIR/y":                      "Missing '=' in label x",
		"encapsulate --repo SRC --copymeta x main oci:DIR/y":              "Could not find commit metadata key: x",
		"encapsulate --repo SRC nope oci:DIR/y":                           "Refspec 'nope' not found",
		"image deploy --sysroot DIR":                                      "Exactly one of --imgref and --image must be specified",
		"image deploy --sysroot DIR/none --image x":                       "opendir(DIR/none): No such file or directory",
		"image pull DST ostree-unverified-image:containers-storage:x":     "ostree-unverified-image:containers-storage:x: the transport containers-storage is not supported",
		"info --auth-anonymous --authfile x ostree-unverified-registry:x": "--auth-anonymous and --authfile contradict each other",
		"image copy --src-repo DST ostree-unverified-image:oci:x":         "Command requires the --src-repo and --dest-repo arguments",
		"image prune-layers --repo DIR/empty":                             "DIR/empty: opening repo: opendir(objects): No such file or directory",
		"image prune-images --sysroot DIR/empty":                          "sysroot DIR/empty: opendir(ostree): No such file or directory",
		"image replace-detached-metadata --src oci:x":                     "Command requires the --src and --dest arguments",
	} {
		require.Equal(t, w.expand(want), w.fails(line), line)
	}
	require.Contains(t, w.fails("image pull DST ostree-remote-image:none:oci:DIR/oci"), `Remote "none" not found`)
	require.Contains(t, w.fails("image pull DIR/none ostree-unverified-image:oci:DIR/oci"), "No such file or directory")
	require.Contains(t, w.fails("info ostree-unverified-registry:REG/none"), "Unknown name")
}

// The user's signature policy stands before the system's.
func TestPolicy(t *testing.T) {
	w := newWorld(t)
	w.commit("a")
	w.ok("encapsulate --repo SRC main oci:DIR/oci")
	write := func(text string) {
		path := w.path(".config/containers/policy.json")
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	write(`{"default":[{"type":"insecureAcceptAnything"}]}`)
	for _, command := range []string{"image pull DST", "unencapsulate --repo DST"} {
		require.Equal(t, w.expand("ostree-image-signed:oci:DIR/oci: containers-policy.json specifies a default of `insecureAcceptAnything`; refusing usage"),
			w.fails(command+" ostree-image-signed:oci:DIR/oci"))
	}
	write(`{"default":[{"type":"reject"}],"transports":{"oci":{"":[{"type":"insecureAcceptAnything"}]}}}`)
	w.ok("image pull DST ostree-image-signed:oci:DIR/oci")
	write(`{"default":[{"type":"reject"}]}`)
	require.Contains(t, w.fails("image pull DST ostree-image-signed:oci:DIR/oci"), "is rejected by policy.")
	write(`nonsense`)
	require.Contains(t, w.fails("image pull DST ostree-image-signed:oci:DIR/oci"), "policy.json")
	w.ok("image pull DST ostree-unverified-image:oci:DIR/oci")
}

func TestHelp(t *testing.T) {
	w := newWorld(t)
	require.Contains(t, w.ok("--help"), "  encapsulate       Wrap an ostree commit into a container image\n")
	require.Equal(t, w.ok("--help"), w.ok("container --help"))
	require.Contains(t, w.ok("image --help"), "Builtin \"image\" Commands:\n  list                        List container images\n")
	for _, c := range app(&cli.Env{}).Commands {
		if c.Name == "image" {
			continue
		}
		require.Contains(t, w.ok(c.Name+" --help"), "Usage:\n  ostree container "+c.Name)
	}
	require.Equal(t, "ostree-container "+version+"\n", w.ok("--version"))
	for line, names := range map[string]string{
		"info": originNames, "unencapsulate": originNames, "compare": originNames, "image pull": originNames, "image copy": originNames,
		"encapsulate": imageNames, "image history": imageNames, "image metadata": imageNames, "image remove": imageNames, "image reexport": imageNames,
		"image clear-cached-update": imageNames,
	} {
		require.Contains(t, w.ok(line+" --help"), "\n"+names, line)
	}
	for _, form := range []string{
		"ostree-unverified-registry:HOST/NAME:TAG", "ostree-unverified-image:IMAGE", "ostree-image-signed:IMAGE",
		"ostree-remote-image:REMOTE:IMAGE", "ostree-remote-registry:REMOTE:HOST/NAME:TAG",
	} {
		require.Contains(t, originNames, "\n  "+form)
		_, err := container.ParseReference(strings.Replace(form, "IMAGE", "oci:DIR", 1))
		require.NoError(t, err)
	}
	for _, form := range []string{"docker://HOST/NAME:TAG", "oci:DIR", "oci-archive:FILE", "docker-archive:FILE"} {
		require.Contains(t, imageNames, " "+form)
		require.Contains(t, originNames, " "+form)
		_, err := container.ParseImageReference(form)
		require.NoError(t, err)
	}
	for _, c := range []string{"list", "pull", "history", "metadata", "clear-cached-update", "copy", "reexport", "replace-detached-metadata", "remove", "prune-layers", "prune-images", "deploy"} {
		require.Contains(t, w.ok("image "+c+" --help"), "Usage:\n  ostree container image "+c)
	}
}

// The program is found and executed by "ostree container", ours and the reference's.
func TestExtensionProgram(t *testing.T) {
	goTool := testutil.Tool(t, "go")
	w := newWorld(t)
	w.commit("a")
	bin := w.path("bin")
	for _, name := range []string{"ostree", "ostree-container"} {
		testutil.Run(t, &testutil.RunOptions{Must: true, Dir: ".."}, goTool, "build", "-o", filepath.Join(bin, name), "./"+name)
	}
	w.ok("encapsulate --repo SRC main oci:DIR/oci")
	env := []string{"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH")}
	for _, ostree := range []string{filepath.Join(bin, "ostree"), testutil.Tool(t, "ostree")} {
		r := testutil.Run(t, &testutil.RunOptions{Env: env, Must: true}, ostree, "container", "info", w.expand("ostree-unverified-image:oci:DIR/oci"))
		require.Equal(t, w.ok("info ostree-unverified-image:oci:DIR/oci"), r.Stdout)
		r = testutil.Run(t, &testutil.RunOptions{Env: env}, ostree, "container", "info", "foo")
		require.Equal(t, 1, r.Exit)
		require.Equal(t, "error: Missing ':' in foo\n", r.Stderr)
	}
}
