package afterburn

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// hypervisor answers for VMware's variables, and notes what it was asked.
type hypervisor struct {
	variables map[string]string
	asked     []string
	err       error
}

func (h *hypervisor) call(command string) (string, bool, error) {
	h.asked = append(h.asked, command)
	value, ok := h.variables[strings.TrimPrefix(command, "info-get ")]
	return value, ok, h.err
}

func (h *hypervisor) env(t *testing.T) *env {
	e := newDriveMachine(t).env()
	e.arch, e.rpc, e.isVMware = "amd64", h.call, func() (bool, error) { return true, nil }
	t.Cleanup(func() { e.Close() })
	return e
}

func TestVMware(t *testing.T) {
	h := &hypervisor{variables: map[string]string{
		"guestinfo.afterburn.initrd.network-kargs": "ip=192.0.2.3::192.0.2.1:255.255.255.0:node1:ens192:none",
		"guestinfo.metadata":                       `{"network":{"ethernets":{"nics":{"match":{"name":"ens*"}}}},"x":0}`,
	}}
	p, err := newVMware(t.Context(), h.env(t))
	if err != nil {
		t.Fatal(err)
	}
	sameDocuments(t, everything(t, p), map[string]string{
		"kargs":   "ip=192.0.2.3::192.0.2.1:255.255.255.0:node1:ens192:none\n",
		"netplan": "network:\n  ethernets:\n    nics:\n      match:\n        name: ens*\n",
	})
	want := []string{"info-get guestinfo.afterburn.initrd.network-kargs", "info-get guestinfo.metadata", "info-get guestinfo.metadata.encoding"}
	if !slices.Equal(h.asked, want) {
		t.Errorf("asked %q", h.asked)
	}
}

func TestVMwareWithoutVariables(t *testing.T) {
	for _, variables := range []map[string]string{nil, {"guestinfo.metadata.encoding": "base64"}, {"guestinfo.metadata.encoding": ""}} {
		h := &hypervisor{variables: variables}
		p, err := newVMware(t.Context(), h.env(t))
		if err != nil {
			t.Fatal(err)
		}
		sameDocuments(t, everything(t, p), nil)
	}
	h := &hypervisor{variables: map[string]string{"guestinfo.afterburn.initrd.network-kargs": "", "guestinfo.metadata": ""}}
	p, err := newVMware(t.Context(), h.env(t))
	if err != nil {
		t.Fatal(err)
	}
	if args, ok, err := p.(KargsSource).NetworkKargs(t.Context()); args != "" || !ok || err != nil {
		t.Error(args, ok, err)
	}
	if _, err := p.(NetplanSource).Netplan(t.Context()); err == nil || err.Error() != "no 'network' key found" {
		t.Error(err)
	}
}

func TestVMwareElsewhere(t *testing.T) {
	broken := errors.New("no channel")
	for want, change := range map[string]func(*env, *hypervisor){
		"unsupported architecture":  func(e *env, _ *hypervisor) { e.arch = "arm64" },
		"not running on VMWare CPU": func(e *env, _ *hypervisor) { e.isVMware = func() (bool, error) { return false, nil } },
		"no channel":                func(e *env, _ *hypervisor) { e.isVMware = func() (bool, error) { return false, broken } },
		"failed to retrieve guestinfo for guestinfo.afterburn.initrd.network-kargs: no channel": func(_ *env, h *hypervisor) { h.err = broken },
		"unknown guestinfo.metadata.encoding 'gzip'": func(_ *env, h *hypervisor) {
			h.variables = map[string]string{"guestinfo.metadata.encoding": "gzip"}
		},
	} {
		h := &hypervisor{}
		e := h.env(t)
		change(e, h)
		if p, err := newVMware(t.Context(), e); err == nil || err.Error() != want {
			t.Errorf("%s: %v, %v", want, p, err)
		}
	}
}

func TestGuestinfoEncodings(t *testing.T) {
	const hello = "H4sIAAAAAAACA8tIzcnJBwCGphA2BQAAAA=="
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := z.Write(make([]byte, documentLimit+1)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, test := range [][3]string{
		{"hello", "", "hello"}, {"aGVsbG8=", "base64", "hello"}, {"aGVsbG8=", "b64", "hello"},
		{hello, "gz+b64", "hello"}, {hello, "gzip+base64", "hello"}, {"", "b64", ""},
		{"x", "gz", "unknown guestinfo.metadata.encoding 'gz'"}, {"x", "Base64", "unknown guestinfo.metadata.encoding 'Base64'"},
		{"x", "gz+base64", "unknown guestinfo.metadata.encoding 'gz+base64'"}, {"!", "b64", "guestinfo.metadata: "},
		{"aGVsbG8=", "gz+b64", "guestinfo.metadata: "}, {"/w==", "b64", "guestinfo.metadata: stream did not contain valid UTF-8"},
		{base64.StdEncoding.EncodeToString(bomb.Bytes()), "gz+b64", "guestinfo.metadata: "},
	} {
		got, err := decodeGuestinfo(test[0], test[1])
		if err != nil {
			got = err.Error()
		}
		if err == nil && got != test[2] || !strings.HasPrefix(got, test[2]) {
			t.Errorf("%.40q as %s: %q", test[0], test[1], got)
		}
	}
}

// The texts on the right are what serde_yaml 0.9 makes of a serde_json value, as Afterburn 5.11 does.
func TestNetplanOf(t *testing.T) {
	for doc, want := range map[string]string{
		"network: {b: 1, a: [x, {}, []]}\nother: y\n":                                                         "network:\n  a:\n  - x\n  - {}\n  - []\n  b: 1\n",
		`{"network":{"a":"yes","b":"true","c":"0x1F","d":"1e5","e":"","f":"~","g":"0777","h":"10.0.0.1/24"}}`: "network:\n  a: yes\n  b: 'true'\n  c: '0x1F'\n  d: '1e5'\n  e: ''\n  f: '~'\n  g: '0777'\n  h: 10.0.0.1/24\n",
		"network: [yes, true, 0x1F, 0o17, 0b11, +5, -5, 0777, 1e5, .5, ~, .inf, 12:30, 1_000, 2020-01-01]":    "network:\n- yes\n- true\n- 31\n- 15\n- 3\n- 5\n- -5\n- '0777'\n- 100000.0\n- 0.5\n- null\n- null\n- 12:30\n- 1_000\n- 2020-01-01\n",
		"network: [18446744073709551615, -9223372036854775808, -0, 1e16, 0.00001, 1e-7]":                      "network:\n- 18446744073709551615\n- -9223372036854775808\n- 0\n- 1e16\n- 0.00001\n- 1e-7\n",
		`{"network":["a: b","#x","- y","*z","'q'","a\nb","a\n"," s","é","\t"]}`:                               "network:\n- 'a: b'\n- '#x'\n- '- y'\n- '*z'\n- '''q'''\n- |-\n  a\n  b\n- |\n  a\n- ' s'\n- é\n- \"\\t\"\n",
		"network: [[a, [b]], {x: [c]}]":                                                                       "network:\n- - a\n  - - b\n- x:\n  - c\n",
		"x: &a {k: v}\nnetwork: {p: *a, q: *a}":                                                               "network:\n  p:\n    k: v\n  q:\n    k: v\n",
		"network: {a: 1, a: 2, 1: x, ~: y, true: z}":                                                          "network:\n  '1': x\n  a: 2\n  'true': z\n  '~': y\n",
		"network: !!str 42":               "network: '42'\n",
		"network:":                        "network: null\n",
		"network: {}":                     "network: {}\n",
		"# c\nnetwork: # d\n  a: b # e\n": "network:\n  a: b\n",
		"network: {'<<': {a: b}}":         "network:\n  <<:\n    a: b\n",
		"ethernets: {}":                   "error: no 'network' key found",
		"[network]":                       "error: no 'network' key found",
		"":                                "error: no 'network' key found",
		"hello":                           "error: no 'network' key found",
		"network: [":                      "error: invalid YAML/JSON metadata: ",
		"network: {[a]: b}":               "error: invalid YAML/JSON metadata: ",
		"network: !foo x":                 "error: invalid YAML/JSON metadata: ",
		"network: a\n---\nnetwork: b":     "error: invalid YAML/JSON metadata: ",
		"network: " + strings.Repeat("[", 200) + strings.Repeat("]", 200): "error: invalid YAML/JSON metadata: recursion limit exceeded",
	} {
		got, err := netplanOf([]byte(doc))
		if err != nil {
			got = "error: " + err.Error()
		}
		if err == nil && got != want || !strings.HasPrefix(got, want) {
			t.Errorf("%q:\n%q, want\n%q", doc, got, want)
		}
	}
}

func FuzzNetplanOf(f *testing.F) {
	for _, seed := range []string{
		`{"network":{"ethernets":{"nics":{"match":{"name":"ens*"}}}},"x":0}`, "network: [yes, 0x1F, 1e5, ~, 'a: b', \"\\t\"]\n",
		"a: &a [x]\nnetwork: {b: *a, c: [[], {}]}\n", "network: |\n  a\n   b\n", laughs, "network: {a\nb: c}", "network: {? [a] : b}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := netplanOf(data)
		if err != nil {
			return
		}
		if len(text) > 64<<20 {
			t.Fatalf("%d bytes of %d", len(text), len(data))
		}
		var top map[string]any
		if err := yaml.Unmarshal([]byte(text), &top); err != nil {
			t.Fatalf("%q of %q: %v", text, data, err)
		}
		if _, ok := top["network"]; !ok || len(top) != 1 {
			t.Fatalf("%q of %q", text, data)
		}
		again, err := netplanOf([]byte(text))
		if err != nil || again != text {
			t.Fatalf("%q becomes %q, %v", text, again, err)
		}
	})
}

func FuzzYAMLDocuments(f *testing.F) {
	for _, seed := range []string{
		"hostname: h\nuuid: u\npublic_keys: {a: b}\n", "#cloud-config\nhostname: h\nssh_authorized_keys: [a]\n",
		`{"hostname":"\ud83d\ude00","uuid":42}`, laughs, "hostname: &a [*a]\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if meta, err := parseKubeVirtMeta(data); err == nil && meta.hostname != nil && len(*meta.hostname) > 4*len(data) {
			t.Errorf("hostname of %d bytes in %d", len(*meta.hostname), len(data))
		}
		if u, err := parseProxmoxUserData(data); err == nil && u != nil && !bytes.HasPrefix(data, []byte("#cloud-config")) {
			t.Errorf("user data in %q", data)
		}
	})
}

func FuzzParseServer(f *testing.F) {
	f.Add([]byte(`{"hostname":"h","name":"n","uuid":"u","public_keys":{"a":"k"}}`))
	f.Add([]byte(`{"hostname":"\ud83d\ude00","name":"\ufffd","uuid":"","public_keys":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseServer(data, false)
		if err == nil && len(s.name)+len(s.uuid)+len(strings.Join(s.keys, "")) > len(data) {
			t.Errorf("%+v of %q", s, data)
		}
	})
}
