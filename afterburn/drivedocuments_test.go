package afterburn

import (
	"strings"
	"testing"
)

func TestParseServer(t *testing.T) {
	const key = `"public_keys":{"b":"2","a":"1"}`
	for doc, want := range map[string]string{
		`{"hostname":"h.d","name":"h","uuid":"u",` + key + `}`:                                                    "h u 1,2",
		`{"hostname":"","name":"","uuid":"","public_keys":{}}`:                                                    "  ",
		`{"hostname":"h","name":"h","uuid":"u","public_keys":null}`:                                               "expected a map",
		`{"hostname":"h","name":"é\u00e9😀\ud83d\ude00","uuid":"u","public_keys":{"a":"x","a":"y"},"x":[[1e999]]}`: "éé😀😀 u y",
		` {"name":"h","uuid":"u","hostname":"","public_keys":{}} ` + "\n":                                         "h u ",

		`{"hostname":"h","name":"h","uuid":"u"}`:                            "missing field `public_keys`",
		`{"name":"h","uuid":"u",` + key + `}`:                               "missing field `hostname`",
		`{"hostname":"h","Name":"h","uuid":"u",` + key + `}`:                "missing field `name`",
		`{"hostname":null,"name":"h","uuid":"u",` + key + `}`:               "expected a string",
		`{"hostname":"h","name":1,"uuid":"u",` + key + `}`:                  "expected a string",
		`{"hostname":"h","name":"h","uuid":["u"],` + key + `}`:              "expected a string",
		`{"hostname":"h","name":"h","uuid":"u","public_keys":[]}`:           "expected a map",
		`{"hostname":"h","name":"h","uuid":"u","public_keys":{"a":null}}`:   "expected a string",
		"{\"hostname\":\"h\",\"name\":\"\xff\",\"uuid\":\"u\"," + key + "}": "UTF-8",
		"{\"hostname\":\"h\",\"name\":\"\n\",\"uuid\":\"u\"," + key + "}":   "invalid character",
		`["h","h","u",{}]`: "expected a map",
		`"h"`:              "expected a map",
		``:                 "expected a map",
		`{`:                "unexpected end",
		`{"name":`:         "unexpected end",
		`{"hostname":"h","name":"h","uuid":"u",` + key + `} x`: "invalid character",
		`{"hostname":"h","name":"h","uuid":"u",` + key + `,}`:  "invalid character",
	} {
		s, err := parseServer([]byte(doc), true)
		got := s.name + " " + s.uuid + " " + strings.Join(s.keys, ",")
		if err != nil {
			got = err.Error()
		}
		if err == nil && got != want || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", doc, got, want)
		}
	}
	if s, err := parseServer([]byte(`{"hostname":"h","name":"h","uuid":"u"}`), false); err != nil || s.keys != nil {
		t.Error(s, err)
	}
}

func TestServerAttributes(t *testing.T) {
	for s, want := range map[[2]string]string{
		{"n", ""}: "empty instance ID", {"", "u"}: "empty local hostname", {"", ""}: "empty instance ID",
	} {
		if _, err := (server{name: s[0], uuid: s[1]}).attributes("X_"); err == nil || err.Error() != want {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// Scalars are taken as they are written, as serde_yaml does for a string.
func TestYAMLTexts(t *testing.T) {
	for text, want := range map[string]string{
		"42": "42", "0x1F": "0x1F", "0o17": "0o17", "0777": "0777", "1e5": "1e5", "1_000": "1_000", "12:30:45": "12:30:45",
		"2020-01-01": "2020-01-01", "yes": "yes", "true": "true", "~": "~", "null": "null", `""`: "", `"42"`: "42", "": "",
		"!!str 42": "42", "&a x": "x", ".inf": ".inf", "0e12": "0e12", "00:11:22:33:44:55": "00:11:22:33:44:55", "<<": "<<",
		"11:22:33:44:55:66": "11:22:33:44:55:66", "|\n  foo\n  bar": "foo\nbar\n", "a\n  b": "a b", `"\u00e9"`: "é", "=": "=",
	} {
		m, err := parseYAMLMapping([]byte("instance-id: "+text+"\n"), "instance-id")
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got, err := m.text("instance-id"); got != want || err != nil {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
}

func TestYAMLMappings(t *testing.T) {
	for doc, want := range map[string]string{
		"a: 1\nb: [x, 2]\nc: {k2: v2, k1: v1}\n": "1|x,2|v1,v2",
		`{"a":null,"b":[],"c":null}`:             "||",
		"a: ~\nb:\nc: NULL\n":                    "||",
		"":                                       "||",
		"# nothing\n":                            "||",
		"{}":                                     "||",
		"a: &x y\nb: [*x, *x]\nc: {k: *x}\n":     "y|y,y|y",
		"b: &l [x]\na: y\nother: *l\nA: z\n":     "y|x|",
		"<<: {a: no}\nb: []\n":                   "||",
		"c: {k: 1, k: 2}\n1: x\n":                "||2",
		"%YAML 1.1\n---\na: x\n...\n":            "x||",
		"a: \"~\"\n":                             "~||",
		"a: x\r\nb:\r\n- y\r\n":                  "x|y|",
		"a: 1\na: 2\n":                           "duplicate field `a`",
		"[a]":                                    "expected a mapping",
		"foo":                                    "expected a mapping",
		"a: [x]\n":                               "expected a string",
		"b: ~\n":                                 "expected a sequence",
		"b: {x: y}\n":                            "expected a sequence",
		"b: [[x]]\n":                             "expected a string",
		"c: [x]\n":                               "expected a mapping",
		"c: {x: [y]}\n":                          "expected a string",
		"c: {[x]: y}\n":                          "expected a string",
		"? [x]\n: y\n":                           "expected a name",
		"a: x\n---\na: y\n":                      "more than one document",
		"---\n---\n":                             "more than one document",
		"a: *nowhere\n":                          "unknown anchor",
		"a: [x\n":                                "yaml:",
		"\ta: x\n":                               "yaml:",
		"a: \xff\n":                              "UTF-8",
		"a: &a [*a]\n":                           "expected a string",
		"a: x\n...\n[":                           "yaml:",
	} {
		got, err := yamlSummary(doc)
		if err != nil {
			got = err.Error()
		}
		if err == nil && got != want || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", doc, got, want)
		}
	}
}

func yamlSummary(doc string) (string, error) {
	m, err := parseYAMLMapping([]byte(doc), "a", "b", "c")
	if err != nil {
		return "", err
	}
	a, _, err := m.textOrNone("a")
	if err != nil {
		return "", err
	}
	b, err := m.list("b")
	if err != nil {
		return "", err
	}
	c, err := m.texts("c")
	return a + "|" + strings.Join(b, ",") + "|" + strings.Join(c, ","), err
}

// laughs is a document whose aliases stand for a billion words.
const laughs = `a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]
g: &g [*f, *f, *f, *f, *f, *f, *f, *f, *f, *f]
h: &h [*g, *g, *g, *g, *g, *g, *g, *g, *g, *g]
network: *h
`

func TestAliasesDoNotMultiply(t *testing.T) {
	meta, err := parseKubeVirtMeta([]byte(laughs + "hostname: h\nuuid: u\n"))
	if err != nil || *meta.hostname != "h" {
		t.Error(meta, err)
	}
	u, err := parseProxmoxUserData([]byte("#cloud-config\n" + laughs + "hostname: h\n"))
	if err != nil || u.hostname != "h" {
		t.Error(u, err)
	}
	if _, err := netplanOf([]byte(laughs)); err == nil || !strings.Contains(err.Error(), "repetition limit exceeded") {
		t.Error(err)
	}
	if _, err := netplanOf([]byte("network: &n [*n]\n")); err == nil {
		t.Error("endless network is written")
	}
	if _, err := parseKeysPart("x: &x [k]\nssh_authorized_keys: *x\n"); err != nil {
		t.Error(err)
	}
}

func TestProxmoxUserData(t *testing.T) {
	for doc, want := range map[string]string{
		"#cloud-config\nhostname: h\nssh_authorized_keys: [a, 7]\n": "h a,7",
		"#cloud-config\nhostname: 42\nssh_authorized_keys:\n":       "42 ",
		"#cloud-config-archive\nhostname:\n":                        " ",
		"#cloud-config\r\nhostname: h\r\n":                          "h ",
		"#cloud-config\n":                                           "none",
		"#cloud-config\n~\n":                                        "none",
		"hostname: h\n":                                             "none",
		" #cloud-config\nhostname: h\n":                             "none",
		"":                                                          "none",
		"#!/bin/sh\n":                                               "none",
		"#cloud-config\nfoo: x\n":                                   "missing field `hostname`",
		"#cloud-config\n[a, []]\n":                                  "expected a mapping",
		"#cloud-config\nhostname: h\nssh_authorized_keys: {}\n": "expected a sequence",
		"#cloud-config\nhostname: a\n---\nhostname: b\n":        "more than one document",
	} {
		got := "none"
		switch u, err := parseProxmoxUserData([]byte(doc)); {
		case err != nil:
			got = err.Error()
		case u != nil:
			got = u.hostname + " " + strings.Join(u.keys, ",")
		}
		if got != want && !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", doc, got, want)
		}
	}
}

func TestKubeVirtMeta(t *testing.T) {
	for doc, want := range map[string]string{
		"hostname: a\nlocal-hostname: b\nuuid: c\ninstance-id: d\n":                   "d a -",
		"local-hostname: b\nuuid: c\ninstance_type: ~\n":                              "c b -",
		`{"hostname":null,"local-hostname":"b","instance-id":42,"instance_type":"t"}`: "42 b t",
		`{"hostname":"\ud83d\ude00\u00e9\/","uuid":"u"}`:                              "u 😀é/ -",
		"hostname: \"\"\nuuid: \"\"\n":                                                "  -",
		"":                                                                            "- - -",
		"hostname: [a]\n":                                                             "expected a string",
		"public_keys: [a]\n":                                                          "expected a mapping",
		"uuid: u\nuuid: v\n":                                                          "duplicate field",
		`{"hostname":"h"`:                                                             "yaml:",
	} {
		meta, err := parseKubeVirtMeta([]byte(doc))
		var words []string
		for _, s := range []*string{meta.instanceID, meta.hostname, meta.instanceType} {
			if s == nil {
				words = append(words, "-")
			} else {
				words = append(words, *s)
			}
		}
		got := strings.Join(words, " ")
		if err != nil {
			got = err.Error()
		}
		if err == nil && got != want || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", doc, got, want)
		}
	}
}

func TestColonPairs(t *testing.T) {
	got := parseColonPairs("instance-id: 0717_aa\n\nfoo:      ba:r\n key : v : w\r\nempty:\n: none\nno colon\nfoo: 2: 3\nlast:x")
	want := map[string]string{"instance-id": "0717_aa", "foo": "2: 3", "key": "v : w", "last": "x"}
	if len(got) != len(want) {
		t.Error(got)
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s is %q", k, got[k])
		}
	}
}

func TestErrorsOfDocuments(t *testing.T) {
	for _, test := range []struct{ vector, document, text, where, want string }{
		{"powervs", metaDataJSON, "{}", "attributes", "failed to parse JSON metadata: missing field `hostname`"},
		{"powervs", metaDataJSON, `{"hostname":"h","name":"","uuid":"u"}`, "attributes", "empty local hostname"},
		{"powervs", metaDataJSON, `{"hostname":"h","name":"","uuid":"u","public_keys":{"a":"x"}}`, "keys", "invalid key format"},
		{"ibmcloud-classic", metaDataJSON, `{"hostname":"h","name":"n","uuid":"u"}`, "hostname", "missing field `public_keys`"},
		{"ibmcloud-classic", networkDataJSON, `{}`, "network", "failed to parse JSON network data: "},
		{"ibmcloud", "meta-data", "a: \xff", "attributes", "reading metadata: stream did not contain valid UTF-8"},
		{"openstack", metaDataJSON, `[]`, "hostname", `failed to parse file '"openstack/latest/meta_data.json"': failed to parse JSON metadata: `},
		{"openstack", metaDataJSON, `{"availability_zone":7}`, "keys", "availability_zone"},
		{"openstack", openStackEC2JSON, `{`, "attributes", `failed to parse file '"ec2/latest/meta-data.json"'`},
		{"openstack", openStackEC2JSON, `{"local-ipv4":7}`, "attributes", "expected a string"},
		{"cloudstack", "cloudstack/metadata/vm_id.txt", "\xff", "attributes", `failed to read from file '"cloudstack/metadata/vm_id.txt"': stream did not`},
		{"cloudstack", "cloudstack/metadata/public_keys.txt", "\xff", "keys", "failed to read public keys from config drive file: "},
		{"cloudstack", "cloudstack/metadata/public_keys.txt", "x\n", "keys", "failed to read public keys from config drive file: invalid key format"},
		{"kubevirt-nocloud1", "meta-data", "hostname: h", "attributes", "missing instance ID"},
		{"kubevirt-nocloud1", "meta-data", "uuid: u", "attributes", "missing hostname"},
		{"kubevirt-nocloud2", "network-config", "ethernets: {a: {addresses: [x]}}", "attributes", "x"},
		{"kubevirt-nocloud2", "network-config", "ethernets: {a: {addresses: [x]}}", "kargs", "x"},
		{"proxmoxve", "network-config", "config: [{type: nameserver}, {type: nameserver}]", "attributes", "too many nameservers, only one supported"},
		{"proxmoxve", "user-data", "#cloud-config\nhostname: h\nssh_authorized_keys: [x]", "keys", "invalid key format"},
	} {
		got, _ := explore(t, test.vector, test.document, test.text)
		if !strings.HasPrefix(got[test.where], "error: ") || !strings.Contains(got[test.where], test.want) {
			t.Errorf("%s with %s %q: %s is %q", test.vector, test.document, test.text, test.where, got[test.where])
		}
	}
}

// explore asks a provider everything after one of its documents was replaced.
func explore(t testing.TB, vector, document, text string) (got map[string]string, log string) {
	t.Helper()
	v := findVector(t, vector)
	v.Drive[document] = text
	m := newDriveMachine(t)
	p, err := m.withDocuments(v, v.Drive)
	if err != nil {
		t.Fatal(err)
	}
	got = everything(t, p)
	return got, m.log.String()
}

// Where the network cannot be understood proxmoxve has neither netplan nor kernel arguments, as in the reference.
func TestProxmoxIgnoresBadNetworks(t *testing.T) {
	got, log := explore(t, "proxmoxve", "network-config", "config: [{type: physical, mac_address: zz}]")
	if got["netplan"] != "" || got["kargs"] != "" || !strings.Contains(log, "ignoring network-config") {
		t.Error(got, log)
	}
	if got["hostname"] != "pve1\n" || !strings.HasPrefix(got["attributes"], "error: ") || got["network"] == "" {
		t.Error(got)
	}
}

// Documents that cannot be decoded make the drive one that is not there.
func TestUndecodableDocumentsAreNoDrive(t *testing.T) {
	for _, test := range [][3]string{
		{"proxmoxve", "user-data", "#cloud-config\nfoo: x"}, {"proxmoxve", "user-data", "\xff"},
		{"proxmoxve", "meta-data", ""}, {"proxmoxve", "meta-data", "[x]"}, {"proxmoxve", "meta-data", "instance-id: [x]"},
		{"proxmoxve", "vendor-data", "foo"}, {"proxmoxve", "vendor-data", "[]"}, {"proxmoxve", "vendor-data", "---\n---\n"},
		{"proxmoxve", "network-config", ""}, {"proxmoxve", "network-config", "{}"}, {"proxmoxve", "network-config", "config: {}"},
		{"proxmoxve", "network-config", "config: [{}]"}, {"kubevirt-nocloud2", "network-config", "[]"},
		{"kubevirt-nocloud2", "meta-data", "foo"}, {"kubevirt-openstack", metaDataJSON, "[]"},
		{"kubevirt-openstack", networkDataJSON, `{"links":7}`}, {"kubevirt-openstack", networkDataJSON, "foo"},
	} {
		got, log := explore(t, test[0], test[1], test[2])
		delete(got, "kargs")
		if len(got) > 0 || !strings.Contains(log, "aborting") {
			t.Errorf("%q: %v\n%s", test, got, log)
		}
	}
}

func TestVendorDataOfProxmoxMayBeAnyMapping(t *testing.T) {
	want := findVector(t, "proxmoxve").Want
	for _, text := range []string{"", "#!/bin/sh\n", "a: b\na: c\n", "#cloud-config\nruncmd: [x]\n", "{}"} {
		got, _ := explore(t, "proxmoxve", "vendor-data", text)
		sameDocuments(t, got, want)
	}
}
