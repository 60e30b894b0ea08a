package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	upstream "github.com/coreos/ignition/v2/butane/config"
	"github.com/coreos/ignition/v2/butane/config/common"
	"github.com/nestos-dev/nestos/ignition/butane"
)

// TestButane compares translations of Butane configs: output, report and verdict.
func TestButane(t *testing.T) {
	dir := localFiles(t)
	compare(t, 5, func(s source) (string, string) {
		g := newGenerator(s)
		text := g.butane()
		opt := butane.Options{FilesDir: dir, Pretty: s.chance(10), Raw: s.chance(20), NoAutoCompression: s.chance(20)}
		if s.chance(10) {
			opt.FilesDir = ""
		}
		return translateBoth(text, &opt)
	})
}

func translateBoth(text []byte, opt *butane.Options) (kind, detail string) {
	theirs, panicked := attempt(func(text []byte) outcome {
		output, rpt, err := upstream.TranslateBytes(text, common.TranslateBytesOptions{
			TranslateOptions: common.TranslateOptions{FilesDir: opt.FilesDir, NoResourceAutoCompression: opt.NoAutoCompression},
			Pretty:           opt.Pretty, Raw: opt.Raw,
		})
		return translated(output, rpt.String(), err)
	}, text)
	if panicked {
		return "", ""
	}
	result, err := butane.Translate(text, opt)
	if result == nil {
		result = &butane.Result{}
	}
	a := translated(result.Output, result.Report.String(), err).alike(text)
	b := theirs.alike(text)
	if a.err == b.err && a.cache == b.cache && slices.Equal(a.report, b.report) {
		return "", ""
	}
	return "butane: " + kindOf(append(a.report, a.err), append(b.report, b.err)),
		fmt.Sprintf("options %+v, config\n%s\nours   %s\ntheirs %s", *opt, text, a, b)
}

func translated(output []byte, rpt string, err error) outcome {
	o := outcome{report: lines(rpt)}
	if err != nil {
		o.err = err.Error()
		return o
	}
	o.cache = string(output)
	return o
}

func (o outcome) String() string {
	return fmt.Sprintf("error %q\n%s\n%s", o.err, strings.Join(o.report, "\n"), o.cache)
}

// localFiles makes what configs may include.
func localFiles(t *testing.T) string {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"short": "short\n", "long": strings.Repeat("a long text ", 200), "keys": "ssh-rsa A\n\nssh-rsa B\n", "bad.service": "[Unit",
		"a.service": "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n", "x.conf": "[Service]\nA=b\n", "q.container": "[Container]\nImage=x\n",
		"tree/etc/a": "a", "tree/etc/b/c": "c", "tree/opt/run": "#!/bin/sh\n", "binary": "\x00\xff\x80<&>",
	} {
		path := filepath.Join(dir, name)
		mode := os.FileMode(0o644)
		if strings.HasSuffix(name, "/run") {
			mode = 0o755
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../x", filepath.Join(dir, "tree/etc/link")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// butaneValues are the values of fields that Ignition does not have.
var butaneValues = map[string]values{
	"local":                     {strs("short", "long", "binary"), strs("", "missing", "/short", "../x", "tree", "./short", "tree/../short")},
	"Tree.local":                {strs("tree", "tree/etc"), strs("short", "missing", "", ".", "../tree")},
	"Tree.path":                 {strs("/", "/opt", "/srv/x"), strs("", "x", "/etc")},
	"fileMode":                  {ints(0o644, 0o600), ints(0o7777, -1, 644)},
	"dirMode":                   {ints(0o755, 0o700), ints(0o7777, 755)},
	"inline":                    {strs("", "text", "a: b\n", strings.Repeat("inline ", 100), "é<>&"), strs("\x00")},
	"Unit.contentsLocal":        {strs("a.service", "x.conf"), strs("bad.service", "missing", "")},
	"Dropin.contentsLocal":      {strs("x.conf"), strs("missing", "bad.service")},
	"Quadlet.contentsLocal":     {strs("q.container"), strs("missing", "")},
	"Quadlet.name":              {strs("q.container", "p.pod", "v.volume", "n.network", "k.kube", "i.image", "b.build"), strs("", "q", "q.service", ".container", "q/x.container", "q@.container")},
	"sshAuthorizedKeysLocal":    {strs("keys"), strs("missing", "", "../keys")},
	"layout":                    {strs("x86_64", "aarch64", "ppc64le"), strs("", "s390x-eckd", "s390x-zfcp", "s390x-virt", "mips")},
	"BootDeviceMirror.devices":  {strs("/dev/vda", "/dev/vdb", "/dev/vdc"), strs("", "vda", "/dev/dasda")},
	"BootDeviceLuks.device":     {strs("/dev/dasda", "/dev/sda"), strs("", "/dev/vda", "dasda")},
	"GrubUser.name":             {strs("root", "admin"), strs("", "root")},
	"GrubUser.passwordHash":     {strs("grub.pbkdf2.sha512.x"), strs("")},
	"Metadata.name":             {strs("machine"), strs("")},
	"OpenShift.extensions":      {strs("usbguard", "kerberos"), strs("", "usbguard")},
	"OpenShift.kernelType":      {strs("default", "realtime", "64k-pages"), strs("", "x")},
	"OpenShift.kernelArguments": {strs("quiet", "a=b"), strs("")},
	"labels":                    {strs("worker", "master"), strs("")},
}

// butane makes a Butane config, as YAML in flow or in block style.
func (g *generator) butane() []byte {
	v := pick(g.source, variants...)
	g.version.minor = v.minor
	g.tag = "yaml"
	var tree any = append(object{{"variant", v.variant}, {"version", v.version}}, g.object(v.types).without("variant", "version")...)
	if g.chance(15) {
		tree = g.spoil(tree)
	}
	var b strings.Builder
	if g.chance(50) {
		g.write(&b, tree, 0)
	} else {
		g.block(&b, tree, 0)
	}
	return []byte(b.String())
}

// block writes a tree in YAML's block style. Strings are in JSON's style, which is
// one of YAML's.
func (g *generator) block(b *strings.Builder, v any, depth int) {
	indent := strings.Repeat("  ", depth)
	switch v := v.(type) {
	case object:
		for _, m := range v {
			key := m.key
			if key == "" || strings.ContainsFunc(key, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
				key = string(mustMarshal(key))
			}
			fmt.Fprintf(b, "\n%s%s:", indent, key)
			g.block(b, m.value, depth+1)
		}
	case []any:
		for _, e := range v {
			fmt.Fprintf(b, "\n%s-", indent)
			g.block(b, e, depth+1)
		}
	}
	if empty, ok := emptyText(v); ok {
		b.WriteByte(' ')
		b.WriteString(empty)
	}
	if g.chance(3) {
		b.WriteString(" # comment")
	}
}

// emptyText is the text of what has no block style.
func emptyText(v any) (string, bool) {
	switch v := v.(type) {
	case object:
		return "{}", len(v) == 0
	case []any:
		return "[]", len(v) == 0
	case raw:
		return string(v), true
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(text.String(), "\n"), true
}
