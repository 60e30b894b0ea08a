package afterburn_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn"
	"github.com/nestos-dev/nestos/afterburn/fakecloud"
	"github.com/nestos-dev/nestos/afterburn/internal/sha512crypt"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const (
	sizePath  = computePath + "vmSize"
	namePath  = computePath + "name"
	keysPath  = computePath + "publicKeys"
	adminPath = computePath + "osProfile/adminUsername"
)

// shared is a shared config with the inside of its instance vm7.
func shared(inside string) string {
	return `<SharedConfig><Incarnation number="7" instance="vm7"/><Instances><Instance id="other" address="10.2.0.9"><InputEndpoints><Endpoint loadBalancedPublicAddress="192.0.2.9:1"/></InputEndpoints></Instance>` +
		`<Instance id="vm7" address="10.2.0.4">` + inside + `</Instance></Instances></SharedConfig>`
}

func TestAzureAttributes(t *testing.T) {
	const dynamic, virtual, size = "AFTERBURN_AZURE_IPV4_DYNAMIC=10.2.0.4\n", "AFTERBURN_AZURE_IPV4_VIRTUAL=203.0.113.9\n", "AFTERBURN_AZURE_VMSIZE=Standard_B2s\n"
	endpoints := func(list ...string) string {
		text := "<InputEndpoints>"
		for _, e := range list {
			text += `<Endpoint name="x" loadBalancedPublicAddress="` + e + `"/>`
		}
		return shared(text + "</InputEndpoints>")
	}
	const failed = "failed to get shared configuration: "
	for name, c := range map[string]struct {
		change
		want, err string
	}{
		"one endpoint":        {change{sharedPath, endpoints("203.0.113.9:22")}, dynamic + virtual + size, ""},
		"the last counts":     {change{sharedPath, endpoints("203.0.113.1:22", "203.0.113.9:23")}, dynamic + virtual + size, ""},
		"others are skipped":  {change{sharedPath, endpoints("203.0.113.9:22", "", "203.0.113.1", "x:22", "203.0.113.1:x", "[fe80::1%eth0]:22")}, dynamic + virtual + size, ""},
		"as an element":       {change{sharedPath, shared("<InputEndpoints><Endpoint><loadBalancedPublicAddress> 203.0.113.9:22\n</loadBalancedPublicAddress></Endpoint></InputEndpoints>")}, dynamic + virtual + size, ""},
		"IPv6":                {change{sharedPath, strings.Replace(endpoints("[2001:DB8::0:1]:22"), "10.2.0.4", "fd00::4", 1)}, "AFTERBURN_AZURE_IPV4_DYNAMIC=fd00::4\nAFTERBURN_AZURE_IPV4_VIRTUAL=2001:db8::1\n" + size, ""},
		"empty endpoints":     {change{sharedPath, shared("<InputEndpoints/>")}, dynamic + size, ""},
		"no endpoints":        {change{sharedPath, shared("")}, dynamic + size, ""},
		"another instance":    {change{sharedPath, strings.Replace(endpoints("203.0.113.9:22"), `instance="vm7"`, `instance="x"`, 1)}, size, ""},
		"empty size":          {change{sizePath, ""}, dynamic + "AFTERBURN_AZURE_IPV4_VIRTUAL=203.0.113.44\nAFTERBURN_AZURE_VMSIZE=\n", ""},
		"no size":             {change{sizePath, "-"}, "", notFound},
		"no shared config":    {change{sharedPath, "-"}, "", failed + notFound},
		"garbage":             {change{sharedPath, "x"}, "", failed + notXML + "the document has no element"},
		"bad address":         {change{sharedPath, strings.Replace(shared(""), "10.2.0.4", "10.2.0.400", 1)}, "", "failed to parse instance ip address: 10.2.0.400: invalid IP address syntax"},
		"leading zero":        {change{sharedPath, strings.Replace(shared(""), "10.2.0.4", "10.2.0.04", 1)}, "", "failed to parse instance ip address: 10.2.0.04: invalid IP address syntax"},
		"zone":                {change{sharedPath, strings.Replace(shared(""), "10.2.0.4", "fe80::1%lo", 1)}, "", "failed to parse instance ip address: fe80::1%lo: invalid IP address syntax"},
		"no incarnation":      {change{sharedPath, "<SharedConfig><Instances/></SharedConfig>"}, "", failed + notXML + "missing field `Incarnation`"},
		"no instance":         {change{sharedPath, "<SharedConfig><Incarnation/><Instances/></SharedConfig>"}, "", failed + notXML + "missing field `@instance`"},
		"no instances":        {change{sharedPath, `<SharedConfig><Incarnation instance="vm7"/></SharedConfig>`}, "", failed + notXML + "missing field `Instances`"},
		"no address":          {change{sharedPath, `<SharedConfig><Incarnation instance="vm7"/><Instances><Instance id="vm7"/></Instances></SharedConfig>`}, "", failed + notXML + "missing field `@address`"},
		"no id":               {change{sharedPath, `<SharedConfig><Incarnation instance="vm7"/><Instances><Instance address="1.2.3.4"/></Instances></SharedConfig>`}, "", failed + notXML + "missing field `@id`"},
		"without URL":         {change{goalPath, goal("")}, "", failed + "failed to parse uri: relative URL without a base"},
		"relative URL":        {change{goalPath, goal("<SharedConfig>/shared</SharedConfig>")}, "", failed + "failed to parse uri: relative URL without a base"},
		"URL of another host": {change{goalPath, goal("<SharedConfig>http://10.9.9.9/shared</SharedConfig>")}, "", failed + `address "http://10.9.9.9/shared" is not one of the WireServer`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, "azure")
			dialed := m.dials()
			m.change(c.change)
			err := m.attributes("azure")
			if c.err != "" {
				require.EqualError(t, err, "writing metadata attributes: "+c.err)
			} else {
				require.NoError(t, err)
			}
			m.want("attributes", c.want)
			require.NotContains(t, dialed(), "10.9.9.9:80")
		})
	}
}

func TestAzureHostname(t *testing.T) {
	for name, c := range map[string]struct{ body, want, err string }{
		"usual":   {"web-1", "web-1\n", ""},
		"absent":  {"-", "", "writing hostname: failed to get hostname: " + notFound},
		"unicode": {"\xff", "", "writing hostname: failed to get hostname: failed to deserialize data: failed raw deserialization: stream did not contain valid UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, "azure")
			m.change(change{namePath, c.body})
			err := m.hostname("azure")
			if c.err != "" {
				require.EqualError(t, err, c.err)
			} else {
				require.NoError(t, err)
			}
			m.want("hostname", c.want)
		})
	}
}

func TestAzureKeys(t *testing.T) {
	const k, k2 = fakecloud.Key, fakecloud.Key2
	entry := func(pairs ...string) string {
		o := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			o[pairs[i]] = pairs[i+1]
		}
		data, err := json.Marshal(o)
		require.NoError(t, err)
		return string(data)
	}
	const notJSON = "failed to parse IMDS publicKeys JSON: "
	for name, c := range map[string]struct{ body, want, err string }{
		"usual":          {"[" + entry("keyData", k+" a@b\r\n", "path", "/home/core/.ssh/authorized_keys") + "]", k + " a@b\n", ""},
		"order":          {"[" + entry("keyData", k2) + "," + entry("keyData", k, "x", "1") + "]", k2 + " \n" + k + " \n", ""},
		"folded":         {"[" + entry("keyData", " "+k[:30]+"\r\n"+k[30:50]+"\n"+k[50:]+" c\r\n\r\n") + "]", k + " c\n", ""},
		"none":           {"[]", "", ""},
		"null":           {"null", "", notJSON + "invalid type: null, expected a sequence"},
		"object":         {"{}", "", notJSON + "invalid type: map, expected a sequence at byte 1"},
		"garbage":        {"x", "", notJSON + "*"},
		"empty":          {"", "", notJSON + "*"},
		"more":           {"[] x", "", notJSON + "*"},
		"no keyData":     {"[" + entry("path", "p") + "]", "", notJSON + "missing field `keyData`"},
		"null keyData":   {`[{"keyData":null}]`, "", notJSON + "missing field `keyData`"},
		"number":         {`[{"keyData":1}]`, "", notJSON + "invalid type: number, expected a string at byte 13 (field keyData)"},
		"blank":          {"[" + entry("keyData", k) + "," + entry("keyData", " \r\n", "path", " /p q ") + "]", "", "IMDS publicKeys entry at index 1 (path: /p q) has empty keyData"},
		"blank, no path": {"[" + entry("keyData", "", "path", "  ") + "]", "", "IMDS publicKeys entry at index 0 has empty keyData"},
		"bad":            {"[" + entry("keyData", k) + "," + entry("keyData", "nope", "path", "/h\x1b[1m") + "]", "", "failed to parse IMDS public key at index 1 (path: /h\\x1b[1m): invalid key format"},
		"bad, no path":   {"[" + entry("keyData", "nope") + "]", "", "failed to parse IMDS public key at index 0: invalid key format"},
		"two in one":     {"[" + entry("keyData", k+" a\n"+k2+" b") + "]", k + " a" + k2 + " b\n", ""},
		"absent":         {"-", "", "failed to query IMDS for publicKeys: " + notFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, "azure")
			m.write(keyFile, "old\n")
			if m.change(change{keysPath, "-"}); c.body != "-" { // a document would have to be JSON
				m.cloud.Handle(keysPath, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, c.body) }))
			}
			err := m.keys("azure")
			switch text, any := strings.CutSuffix(c.err, "*"); {
			case c.err == "":
				require.NoError(t, err)
				m.want(keyFile, c.want)
			case any:
				require.ErrorContains(t, err, "writing ssh keys: "+text)
				m.want(keyFile, "old\n")
			default:
				require.EqualError(t, err, "writing ssh keys: "+c.err)
				m.want(keyFile, "old\n")
			}
		})
	}
}

// TestAzureRequests compares the requests of everything that can be asked with
// Afterburn's.
func TestAzureRequests(t *testing.T) {
	m := newMachine(t, "azure")
	require.NoError(t, afterburn.Run(t.Context(), m.all("azure"), &m.opt))
	require.NoError(t, m.render(afterburn.Fragments{}))
	for _, r := range m.cloud.Requests() {
		require.Equal(t, "com.coreos.afterburn", r.Header.Get("x-ms-agent-name"), r)
		require.Equal(t, "2012-11-30", r.Header.Get("x-ms-version"), r)
		require.Equal(t, "*/*", r.Header.Get("Accept"), r)
		require.NotContains(t, r.Header, "User-Agent", r)
		want := ""
		if strings.HasPrefix(r.Path, "/metadata/") {
			want = "true"
		}
		require.Equal(t, want, r.Header.Get("Metadata"), r)
	}
}

// render makes fragments in the directory "fragments".
func (m *machine) render(f afterburn.Fragments) error {
	f.Provider, f.Dir = "azure", m.path("fragments")
	require.NoError(m.t, os.MkdirAll(f.Dir, 0o755))
	return afterburn.RenderIgnition(m.t.Context(), f, &m.opt)
}

// medium puts an OVF environment on the virtual CD.
func (m *machine) medium(document string, args ...string) {
	m.t.Helper()
	tool := testutil.Tool(m.t, "genisoimage")
	m.write("cd/ovf-env.xml", document)
	require.NoError(m.t, os.MkdirAll(m.path("root/dev"), 0o755))
	args = append(args, "-quiet", "-R", "-J", "-V", "rd_rdfe_stable", "-o", m.path("root/dev/sr0"), m.path("cd"))
	out, err := exec.CommandContext(m.t.Context(), tool, args...).CombinedOutput()
	require.NoError(m.t, err, "%s", out)
}

func ovfWith(password string) string {
	return `<?xml version="1.0" encoding="utf-8"?>
<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:wa="http://schemas.microsoft.com/windowsazure">
  <wa:ProvisioningSection><wa:Version>1.0</wa:Version>
    <LinuxProvisioningConfigurationSet xmlns="http://schemas.microsoft.com/windowsazure"><UserName>core</UserName>` + password + `</LinuxProvisioningConfigurationSet>
  </wa:ProvisioningSection></Environment>`
}

func (m *machine) wantMode(name string, mode fs.FileMode) {
	m.t.Helper()
	info, err := os.Stat(m.path(name))
	require.NoError(m.t, err)
	require.Equal(m.t, mode, info.Mode())
}

const userKeys = `{
  "ignition": {
    "version": "3.0.0"
  },
  "passwd": {
    "users": [
      {
        "name": "core",
        "sshAuthorizedKeys": [
          "` + fakecloud.Key + ` ops@example.org"
        ]%s
      }
    ]
  }
}`

func TestAzureFragments(t *testing.T) {
	m := newMachine(t, "azure")
	m.cloud.Set(namePath, "web-1.example.org")
	require.NoError(t, m.render(afterburn.Fragments{}), &m.log)
	m.want("fragments/hostname.ign", `{
  "ignition": {
    "version": "3.0.0"
  },
  "storage": {
    "files": [
      {
        "path": "/etc/hostname",
        "mode": 420,
        "overwrite": true,
        "contents": {
          "source": "data:,web%2D1%2Eexample%2Eorg"
        }
      }
    ]
  }
}`)
	m.want("fragments/user.ign", fmt.Sprintf(userKeys, ""))
	m.wantMode("fragments/hostname.ign", 0o644)
	m.wantMode("fragments/user.ign", 0o644)
	require.Contains(t, m.log.String(), `could not read OVF media: failed to mount /dev/sr0 (tried [\"udf\", \"iso9660\"])`)
}

func TestAzurePassword(t *testing.T) {
	for name, args := range map[string][]string{"iso9660": nil, "with udf": {"-udf"}} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, "azure")
			m.medium(ovfWith("<AdminPassword>Hello world!</AdminPassword>"), args...)
			require.NoError(t, m.render(afterburn.Fragments{NoHostname: true}), &m.log)
			text, err := os.ReadFile(m.path("fragments/user.ign"))
			require.NoError(t, err)
			hash := regexp.MustCompile(`"passwordHash": "(\$6\$rounds=10000\$([./0-9A-Za-z]{16})\$[./0-9A-Za-z]{86})"`).FindSubmatch(text)
			require.NotNil(t, hash, "%s", text)
			want, err := sha512crypt.Hash("Hello world!", string(hash[2]), 10_000)
			require.NoError(t, err)
			require.Equal(t, want, string(hash[1]))
			require.Equal(t, fmt.Sprintf(userKeys, ",\n        \"passwordHash\": \""+want+`"`), string(text))
			m.wantMode("fragments/user.ign", 0o600)
			m.want("fragments/hostname.ign", "")
			require.NotContains(t, m.log.String(), "Hello world!")
			require.NotContains(t, m.log.String(), "OVF media")
		})
	}
}

func TestAzureAdmin(t *testing.T) {
	const failed = "generating platform-user ignition fragment: "
	for name, c := range map[string]struct {
		document string // on the CD; "-": none
		change
		err, warning string
		written      bool
	}{
		"no name":       {"-", change{adminPath, " \n"}, "", "platform-user requested, but admin username not available from this provider", false},
		"name absent":   {"-", change{adminPath, "-"}, failed + "failed to query admin username from provider: failed to query IMDS for adminUsername: " + notFound, "", false},
		"nothing":       {"-", change{keysPath, "[]"}, "", "admin username present but no SSH keys or password; skipping user fragment", false},
		"password only": {ovfWith("<adminPassword>x</adminPassword>"), change{keysPath, "[]"}, "", "", true},
		"blank":         {ovfWith("<AdminPassword> </AdminPassword>"), change{adminPath, "core\n"}, "", "", true},
		"not XML":       {"secret", change{adminPath, "core"}, failed + "failed to query admin password hash from provider: failed to parse OVF provisioning data: failed to parse OVF XML: line 1: not well-formed XML", "", false},
		"too long":      {ovfWith("<AdminPassword>" + strings.Repeat("secret", 100) + "</AdminPassword>"), change{adminPath, "core"}, failed + "failed to query admin password hash from provider: failed to parse OVF provisioning data: failed to parse OVF XML: password of 600 bytes, more than 511", "", false},
		"not unicode":   {ovfWith("<AdminPassword>secret\xe9</AdminPassword>"), change{adminPath, "core"}, "", "could not read OVF media: failed to read ovf-env.xml: stream did not contain valid UTF-8", true},
		"huge":          {strings.Repeat("secret", 200_000), change{adminPath, "core"}, "", "could not read OVF media: failed to read ovf-env.xml: ", true},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, "azure")
			if c.document != "-" {
				m.medium(c.document)
			}
			m.change(c.change)
			err := m.render(afterburn.Fragments{NoHostname: true})
			if c.err != "" {
				require.EqualError(t, err, c.err)
			} else {
				require.NoError(t, err)
			}
			require.Contains(t, m.log.String(), c.warning)
			require.NotContains(t, m.log.String(), "secret")
			_, err = os.Stat(m.path("fragments/user.ign"))
			require.Equal(t, c.written, err == nil)
		})
	}
	t.Run("other medium", func(t *testing.T) {
		m := newMachine(t, "azure")
		m.medium("x")
		image, err := os.ReadFile(m.path("root/dev/sr0"))
		require.NoError(t, err)
		image = bytes.ReplaceAll(image, []byte("ovf-env"), []byte("vfo-env"))
		image = bytes.ReplaceAll(image, []byte("OVF_ENV"), []byte("VFO_ENV"))
		image = bytes.ReplaceAll(image, []byte("\x00o\x00v\x00f"), []byte("\x00v\x00f\x00o"))
		require.NoError(t, os.WriteFile(m.path("root/dev/sr0"), image, 0o644))
		require.NoError(t, m.render(afterburn.Fragments{NoHostname: true}))
		require.Contains(t, m.log.String(), "could not read OVF media: failed to read ovf-env.xml: ")
	})
	t.Run("hostile medium", func(t *testing.T) {
		m := newMachine(t, "azure")
		m.write("root/dev/file", "")
		require.NoError(t, os.Symlink("/etc", m.path("root/dev/sr0")))
		require.NoError(t, m.render(afterburn.Fragments{NoHostname: true}))
		require.Contains(t, m.log.String(), "could not read OVF media: ")
	})
}

// TestAzureAdminName: nobody but a user gets into /etc/passwd, and nothing is written if it is tried.
func TestAzureAdminName(t *testing.T) {
	for name, good := range map[string]bool{
		"core": true, "Admin.1": true, "a_b-c$": true, "müller": true, "0x": true, "_": true, strings.Repeat("a", 256): true,
		strings.Repeat("a", 257): false, "a b": false, "a\tb": false, "a\nroot::0:0": false, "a\u00a0b": false, "a\x00": false, "a\u2028b": false, "a\u0085b": false,
		"a:b": false, "a,b": false, "a/b": false, "-a": false, "+a": false, "~a": false, "0": false, "1000": false, ".": false, "..": false,
	} {
		m := newMachine(t, "azure")
		m.change(change{adminPath, name})
		err := m.render(afterburn.Fragments{})
		if good {
			require.NoError(t, err, name)
			require.FileExists(t, m.path("fragments/user.ign"))
			continue
		}
		require.EqualError(t, err, fmt.Sprintf("generating platform-user ignition fragment: admin username %.80q is no name of a user", name))
		m.want("fragments/user.ign", "")
		m.want("fragments/hostname.ign", "")
	}
}

// TestAzureFragmentsUntilAnError: the fragment before the one that fails is written.
func TestAzureFragmentsUntilAnError(t *testing.T) {
	m := newMachine(t, "azure")
	m.change(change{adminPath, "-"})
	require.ErrorContains(t, m.render(afterburn.Fragments{}), "generating platform-user ignition fragment: failed to query admin username")
	require.FileExists(t, m.path("fragments/hostname.ign"))
	m.want("fragments/user.ign", "")
	m = newMachine(t, "azure")
	m.change(change{namePath, "-"})
	require.ErrorContains(t, m.render(afterburn.Fragments{}), "generating hostname ignition fragment: failed to get hostname")
	m.want("fragments/user.ign", "")
}

func TestAzureNoFragments(t *testing.T) {
	m := newMachine(t, "azure")
	m.cloud.Fail(versionsPath, 0, http.StatusGone)
	require.NoError(t, m.render(afterburn.Fragments{NoHostname: true, NoUser: true}))
	require.Empty(t, m.cloud.Requests())
}
