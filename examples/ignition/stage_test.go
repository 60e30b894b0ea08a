package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// machine is a root with everything that stages share, all in one folder.
type machine struct {
	t    *testing.T
	dir  string
	env  map[string]string
	root string
}

func newMachine(t *testing.T, config string) *machine {
	m := &machine{t: t, dir: t.TempDir()}
	m.root = m.in("root")
	require.NoError(t, os.Mkdir(m.root, 0o755))
	m.write("c.ign", config)
	m.write("cmdline", "quiet\n")
	m.env = map[string]string{
		"IGNITION_CONFIG_FILE":               m.in("c.ign"),
		"IGNITION_SYSTEM_CONFIG_DIR":         m.in("vendor"),
		"IGNITION_SYSTEM_LOCAL_CONFIG_DIR":   m.in("local"),
		"IGNITION_SYSTEM_RUNTIME_CONFIG_DIR": m.in("runtime"),
		"IGNITION_KERNEL_CMDLINE_PATH":       m.in("cmdline"),
		"IGNITION_SELINUX_RELABEL":           "false",
	}
	return m
}

func (m *machine) in(name string) string { return filepath.Join(m.dir, name) }

func (m *machine) write(name, text string) {
	m.t.Helper()
	require.NoError(m.t, os.MkdirAll(filepath.Dir(m.in(name)), 0o755))
	require.NoError(m.t, os.WriteFile(m.in(name), []byte(text), 0o600))
}

func (m *machine) read(name string) string {
	m.t.Helper()
	data, err := os.ReadFile(m.in(name))
	require.NoError(m.t, err)
	return string(data)
}

func (m *machine) stage(name string, more ...string) result {
	m.t.Helper()
	args := []string{"ignition", "-platform", "file", "-stage", name, "-root", m.root, "-log-to-stdout",
		"-config-cache", m.in("cache.json"), "-neednet", m.in("deep/neednet"), "-state-file", m.in("state")}
	return runProgram(m.t, m.env, "", append(args, more...)...)
}

func (m *machine) pass(stages ...string) string {
	m.t.Helper()
	var out strings.Builder
	for _, s := range stages {
		r := m.stage(s)
		require.Zero(m.t, r.code, "stage %s: %s%s", s, r.stdout, r.stderr)
		require.Empty(m.t, r.stderr)
		require.NotContains(m.t, r.stdout, "CRITICAL")
		out.WriteString(r.stdout)
	}
	return out.String()
}

func minimal(rest string) string { return `{"ignition":{"version":"3.5.0"}` + rest + `}` }

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args           string
		code           int
		stdout, stderr string
	}{
		{"ignition -version", 0, "Ignition 2.26.0\n", ""},
		{"ignition --version=true", 0, "Ignition 2.26.0\n", ""},
		{"ignition", 2, "", "'--platform' must be provided\n"},
		{"ignition -platform metal", 2, "", "'--stage' must be provided\n"},
		{"ignition -platform nope", 2, "", "invalid value \"nope\" for flag -platform: nope is not a valid platform\n"},
		{"ignition -stage nope", 2, "", "invalid value \"nope\" for flag -stage: nope is not a valid stage\n"},
		{"ignition -h", 0, "", "Usage of ignition:\n"},
		{"/x/ignition-apply", 1, "", "Usage: /x/ignition-apply [options] config.ign\n"},
		{"ignition-apply --version", 0, "Ignition 2.26.0\n", ""},
		{"ignition-apply --bad", 2, "", fmt.Sprintf(applyUsage, "ignition-apply") + "unknown flag: --bad\n"},
		{"ignition-rmcfg --version", 0, "Ignition 2.26.0\n", ""},
		{"ignition-rmcfg", 2, "", "'--platform' must be provided\n"},
		{"ignition-rmcfg --platform nope", 2, "", "nope is not a valid platform\n"},
		{"ignition-rmcfg --platform metal x", 2, "", "Usage: ignition-rmcfg [options]\n"},
		{"ignition-rmcfg --platform metal --log-to-stdout", 1, "INFO     : Ignition 2.26.0\n" +
			"CRITICAL : couldn't delete config: cannot delete config on this platform\n", ""},
		{"ignition-validate -version", 0, "Ignition 2.26.0\n", ""},
		{"ignition-generator", 2, "", "Usage: ignition-generator UNITDIR…\n"},
		{"ignition plan", 2, "", "Usage: ignition plan [options] ROOT|IMAGE\n"},
		{"ignition plan --nope", 2, "", "Usage: ignition plan [options] ROOT|IMAGE\n"},
		{"ignition dracut-files", 2, "", "Usage: ignition dracut-files [options] DIR\n"},
		{"ignition paln /", 2, "", "'--platform' must be provided\nthere is no command \"paln\": see ignition -help\n"},
	} {
		t.Run(c.args, func(t *testing.T) {
			r := runProgram(t, nil, "", strings.Fields(c.args)...)
			require.Equal(t, c.code, r.code)
			require.Equal(t, c.stdout, r.stdout)
			if !strings.HasPrefix(r.stderr, c.stderr) {
				t.Errorf("stderr is %q", r.stderr)
			}
		})
	}
}

// Commands that Ignition does not have are found from its help text, and have one of their own.
func TestAdditionsAreFound(t *testing.T) {
	for _, option := range []string{"-h", "-help", "--help"} {
		r := runProgram(t, nil, "", "ignition", option)
		require.Zero(t, r.code)
		require.Empty(t, r.stdout, "where Go's flag package writes it")
		require.Contains(t, r.stderr, "\n  -stage value\n")
		for _, command := range []string{"plan", "dracut-files"} {
			require.Contains(t, r.stderr, "\n  "+command+" ")
			r := runProgram(t, nil, "", "ignition", command, option)
			require.Zero(t, r.code)
			require.Empty(t, r.stderr)
			require.True(t, strings.HasPrefix(r.stdout, "Usage: ignition "+command+" [options] "), r.stdout)
		}
	}
	r := runProgram(t, nil, "", "ignition", "-nope")
	require.Equal(t, 2, r.code)
	require.NotContains(t, r.stderr, "dracut-files", "a mistake is answered as by Ignition")
}

func TestDracutFilesMakesTheDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "new", "root")
	r := runProgram(t, nil, "", "ignition", "dracut-files", dir)
	require.Zero(t, r.code, r.stderr)
	require.Empty(t, r.stderr)
	for line := range strings.Lines(r.stdout) {
		path, target, link := strings.Cut(strings.TrimSuffix(line, "\n"), " -> ")
		info, err := os.Lstat(path)
		require.NoError(t, err)
		require.Equal(t, link, info.Mode()&os.ModeSymlink != 0)
		if link {
			got, err := os.Readlink(path)
			require.NoError(t, err)
			require.Equal(t, target, got)
		}
	}
	require.Contains(t, r.stdout, dir+"/usr/lib/dracut/modules.d/30ignition/module-setup.sh\n")
	r = runProgram(t, nil, "", "ignition", "dracut-files", filepath.Join(dir, "usr/lib/dracut/modules.d/30ignition/module-setup.sh"))
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stderr, "making the directory to write to: ")
}

func TestPlanTellsWhatToDo(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		return name
	}
	good, bad := file("good.ign", minimal("")), file("bad.ign", "hello\n")
	people := file("people.bu", "# mine\nvariant: fcos\nversion: 1.5.0\n")
	for name, c := range map[string]struct {
		code int
		args []string
		want string
	}{
		"Butane":          {1, []string{"-c", people, dir}, people + " is a Butane config, which butane translates: butane " + people + " > config.ign\n"},
		"Butane as base":  {1, []string{"-c", good, "-b", people, dir}, people + " is a Butane config, which butane"},
		"no JSON":         {1, []string{"-c", bad, dir}, bad + ": config is not valid\nerror at line 1 col 2"},
		"no JSON as base": {1, []string{"-c", good, "-b", good, "-b", bad, dir}, bad + ": config is not valid\nerror at line 1 col 2"},
		"no config":       {1, []string{"-c", filepath.Join(dir, "none"), dir}, "reading config: open " + filepath.Join(dir, "none")},
		"device of root":  {2, []string{"-c", good, "--device", "/dev/sda", dir}, "--device is for images, but " + dir + " is a directory\n"},
		"device, apply":   {2, []string{"-c", good, "--apply", "--device", "/dev/sda", dir}, "--device is for images, --apply for root directories\n"},
		"ignore a boot":   {2, []string{"-c", good, "--ignore-unsupported", dir}, "--ignore-unsupported needs --apply\n"},
		"apply to image":  {1, []string{"-c", good, "--apply", good}, "opening root " + good + ": not a directory\n"},
		"apply no JSON":   {1, []string{"-c", bad, "--apply", dir}, bad + ": couldn't parse config: config is not valid\nerror at line 1 col 2"},
		"two targets":     {2, []string{"-c", good, dir, dir}, "Usage: ignition plan [options] ROOT|IMAGE\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r := runProgram(t, nil, "", append([]string{"ignition", "plan"}, c.args...)...)
			require.Equal(t, c.code, r.code)
			require.Empty(t, r.stdout)
			require.True(t, strings.HasPrefix(r.stderr, c.want), r.stderr)
		})
	}
	if _, err := os.Stat(defaultCache); err == nil {
		t.Skip(defaultCache + " is there")
	}
	r := runProgram(t, nil, "", "ignition", "plan", dir)
	require.Equal(t, 1, r.code)
	require.True(t, strings.HasSuffix(r.stderr, ": name another one with --config\n"), r.stderr)
}

func TestBadEnvironment(t *testing.T) {
	r := runProgram(t, map[string]string{"IGNITION_WRITE_AUTHORIZED_KEYS_FRAGMENT": "perhaps"}, "",
		"ignition", "-platform", "metal", "-stage", "kargs", "-log-to-stdout")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stderr, `IGNITION_WRITE_AUTHORIZED_KEYS_FRAGMENT: value must be one of true, 1, false, 0, but is "perhaps"`)
}

func TestStagesMakeFiles(t *testing.T) {
	const body = "served\n"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, body) }))
	defer server.Close()
	sum := sha256.Sum256([]byte(body))
	m := newMachine(t, minimal(fmt.Sprintf(`,"storage":{"files":[
		{"path":"/etc/motd","mode":416,"contents":{"source":"data:,hi%%0A"}},
		{"path":"/srv/served","contents":{"source":"%s/x","verification":{"hash":"sha256-%s"}}}],
		"links":[{"path":"/etc/link","target":"motd"}]},
		"systemd":{"units":[{"name":"a.service","enabled":true,"contents":"[Install]\nWantedBy=x"}]}`,
		server.URL, hex.EncodeToString(sum[:]))))
	m.write("vendor/base.d/10-a.ign", minimal(`,"storage":{"files":[{"path":"/etc/base","contents":{"source":"data:,base"}},{"path":"/etc/motd","contents":{"source":"data:,lost"}}]}`))
	m.write("local/base.d/10-a.ign", minimal(`,"storage":{"files":[{"path":"/etc/local","contents":{"source":"data:,local"}}]}`))
	m.write("vendor/base.d/20-b.ign", minimal(`,"storage":{"files":[{"path":"/etc/base2","contents":{"source":"data:,base"}},{"path":"/etc/motd","contents":{"source":"data:,lost"}}]}`))

	m.pass("fetch-offline")
	require.FileExists(t, m.in("deep/neednet"))
	require.FileExists(t, m.in("cache.json"), "only contents need the network")
	require.NotContains(t, m.read("cache.json"), "base", "base configs do not reach the cache")
	log := m.pass("fetch", "kargs", "disks", "mount", "files", "umount")
	require.Contains(t, log, "INFO     : files: createFilesystemsFiles: createFiles: op(")
	require.Equal(t, "hi\n", m.read("root/etc/motd"))
	require.Equal(t, body, m.read("root/srv/served"))
	require.Equal(t, "local", m.read("root/etc/local"))
	require.Equal(t, "base", m.read("root/etc/base2"))
	require.NoFileExists(t, m.in("root/etc/base"), "hidden by the local fragment of the same name")
	info, err := os.Stat(m.in("root/etc/motd"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o640), info.Mode())
	target, err := os.Readlink(m.in("root/etc/link"))
	require.NoError(t, err)
	require.Equal(t, "motd", target)
	require.Equal(t, "enable a.service\n", m.read("root/etc/systemd/system-preset/20-ignition.preset"))
	require.Contains(t, m.read("root/etc/.ignition-result.json"), `"userConfigProvided": true`)
	for name, mode := range map[string]os.FileMode{"cache.json": 0o640, "state": 0o600, "root/etc/.ignition-result.json": 0o600} {
		info, err := os.Stat(m.in(name))
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode(), name)
	}
}

func TestConfigThatNeedsTheNetworkIsNotCachedOffline(t *testing.T) {
	m := newMachine(t, `{"ignition":{"version":"3.5.0","config":{"merge":[{"source":"http://127.0.0.1:1/x"}]}}}`)
	log := m.pass("fetch-offline")
	require.Contains(t, log, "INFO     : failed to fetch config: resource requires networking")
	require.FileExists(t, m.in("deep/neednet"))
	require.NoFileExists(t, m.in("cache.json"))
}

func TestBaseFragmentErrors(t *testing.T) {
	m := newMachine(t, minimal(""))
	m.write("vendor/base.platform.d/file/x", "{")
	r := m.stage("fetch")
	require.Zero(t, r.code)
	require.Contains(t, r.stdout, `INFO     : no config at "base.platform.d/file": config is not valid`)
	require.Contains(t, r.stdout, "CRITICAL : error at line ")
	m.write("vendor/base.d/empty", "")
	r = m.stage("fetch")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stderr, "config: "+m.in("vendor/base.d/empty")+"\n")
	require.Contains(t, r.stdout, "CRITICAL : failed to acquire system base config: not a config (empty)\nCRITICAL : Ignition failed: not a config (empty)\n")
}

func TestSourcesInOrder(t *testing.T) {
	m := newMachine(t, minimal(`,"storage":{"files":[{"path":"/platform"}]}`))
	m.write("vendor/user.ign", minimal(`,"storage":{"files":[{"path":"/vendor"}]}`))
	m.pass("fetch")
	require.Contains(t, m.read("cache.json"), `"/vendor"`)
	require.Contains(t, m.read("state"), `{"kind":"user","source":"system","referenced":false}`)
	m.write("local/user.ign", minimal(`,"storage":{"files":[{"path":"/local"}]}`))
	m.pass("fetch")
	require.Contains(t, m.read("cache.json"), `"/local"`)
	m.write("cmdline", "a ignition.config.url=%zz ignition.config.url=data:,%7B%22ignition%22%3A%7B%22version%22%3A%223.4.0%22%7D%7D\n")
	m.pass("fetch")
	require.NotContains(t, m.read("cache.json"), "path")
	require.Contains(t, m.read("state"), `{"kind":"user","source":"cmdline","referenced":false}`)
	m.write("cmdline", "ignition.config.device=x\n")
	r := m.stage("fetch")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stdout, `both "ignition.config.device" and "ignition.config.path" must be provided together`)
}

func TestEmptyConfigIsCached(t *testing.T) {
	m := newMachine(t, "")
	require.Contains(t, m.pass("fetch"), "INFO     : not a config (empty): provider config was empty, continuing with empty cache config\n")
	require.Equal(t, `{"ignition":{"config":{"replace":{"verification":{}}},"proxy":{},"security":{"tls":{}},"timeouts":{},"version":"3.7.0-experimental"},"kernelArguments":{},"passwd":{},"storage":{},"systemd":{}}`, m.read("cache.json"))
	require.NotContains(t, m.read("state"), "user")
}

func TestFailureSummaryNamesTheLineAndHidesSecrets(t *testing.T) {
	m := newMachine(t, `{
  "ignition": {"version": "3.5.0"},
  "passwd": {"groups": [{"name": "nobody", "shouldExist": false, "passwordHash": "HASHSECRET"}]},
  "storage": {"files": [
    {"path": "/ok", "contents": {"source": "data:,OKSECRET"}},
    {"path": "/bad", "contents": {"source": "data:,BADSECRET", "verification": {
      "hash": "sha256-0000000000000000000000000000000000000000000000000000000000000000"}}}
  ]},
  "systemd": {"units": [{"name": "a.service", "contents": "[Service]\nEnvironment=UNITSECRET\n"}]}
}`)
	m.pass("fetch")
	r := m.stage("files")
	require.Equal(t, 1, r.code)
	require.True(t, strings.HasPrefix(r.stderr, "files failed\nFull config:\n{\n  \"ignition\""), r.stderr)
	require.NotContains(t, r.stdout+r.stderr, "SECRET")
	summary := r.stderr[strings.Index(r.stderr, "\nThis machine"):]
	require.LessOrEqual(t, strings.Count(summary, "\n"), 24)
	require.Contains(t, summary, "stage:  files\n")
	require.Contains(t, summary, "entry:  $.storage.files.1 (files:/bad)\n")
	require.Contains(t, summary, "line 6, column 6\n")
	require.Contains(t, summary, "hash verification failed (calculated ")
	require.Contains(t, summary, "next:   the bytes are not those that the config expects")
	require.NoFileExists(t, m.in("root/bad"))
	require.NotContains(t, m.read("state"), "SECRET")
}

func TestInvalidConfigStopsTheBootWithItsFindings(t *testing.T) {
	m := newMachine(t, minimal(`,"storage":{"files":[{"path":"etc/x"}]}`))
	r := m.stage("fetch")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stderr, "  config: file\n  cause:  config is not valid\n          error at $.storage.files.0.path, line 1 col 61: path not absolute\n")
	require.NoFileExists(t, m.in("cache.json"))
	require.NoFileExists(t, m.in("state"))
}

func TestDamagedCacheAndState(t *testing.T) {
	m := newMachine(t, minimal(""))
	r := m.stage("files")
	require.Equal(t, 1, r.code, "no cache")
	m.write("cache.json", "{x")
	r = m.stage("files")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stdout, "CRITICAL : failed to parse cached config: invalid character 'x'")
	m.write("state", "{")
	r = m.stage("fetch")
	require.Equal(t, 3, r.code)
}

func TestConfigCycleEnds(t *testing.T) {
	var url string
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests++
		fmt.Fprintf(w, `{"ignition":{"version":"3.5.0","config":{"merge":[{"source":"%s"},{"source":"%s?2"}]}}}`, url, url)
	}))
	defer server.Close()
	url = server.URL
	m := newMachine(t, `{"ignition":{"version":"3.5.0","config":{"replace":{"source":"`+url+`"}}}}`)
	r := m.stage("fetch")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stderr, "does one refer to itself?")
	require.Less(t, requests, 5000)
}

func TestApply(t *testing.T) {
	m := newMachine(t, "")
	m.env["container"] = "test"
	config := minimal(`,"storage":{"files":[{"path":"/etc/motd","contents":{"source":"data:,hi"}}]},
		"systemd":{"units":[{"name":"a.service","enabled":true,"contents":"[Install]\nWantedBy=x"}]},"passwd":{"users":[{"name":"x"}]}`)
	r := runProgram(t, m.env, config, "ignition-apply", "--root", m.root, "-")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stdout, "CRITICAL : failed to apply: running stage 'files': cannot apply passwd live\n")
	require.NoFileExists(t, m.in("root/etc/motd"))
	r = runProgram(t, m.env, config, "ignition", "plan", "-c", "-", "--apply", m.root)
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stdout, "\napplying would fail\n")
	r = runProgram(t, m.env, config, "ignition", "plan", "-c", "-", "--apply", "--ignore-unsupported", m.root)
	require.Zero(t, r.code, r.stderr)
	require.Contains(t, r.stdout, "  skip    user    x")
	require.NoFileExists(t, m.in("root/etc/motd"))

	r = runProgram(t, m.env, config, "ignition-apply", "--root", m.root, "--ignore-unsupported", "--offline", "-")
	require.Zero(t, r.code, r.stdout)
	require.Equal(t, "hi", m.read("root/etc/motd"))
	require.Equal(t, "enable a.service\n", m.read("root/etc/systemd/system-preset/20-ignition.preset"))
	require.NoFileExists(t, m.in("root/etc/.ignition-result.json"))
	require.Contains(t, r.stdout, "WARNING  : skipping passwd.users, which only a booting machine can do: [\"x\"]\n")
	require.Contains(t, r.stdout, "INFO     : createFilesystemsFiles: createFiles: op(1): [started]  writing file ")

	r = runProgram(t, m.env, minimal(`,"storage":{"files":[{"path":"/x","contents":{"source":"http://127.0.0.1:1/x"}}]}`),
		"ignition-apply", "--root", m.root, "--offline", "-")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stdout, "CRITICAL : failed to apply: resource requires networking\n")

	r = runProgram(t, m.env, "{", "ignition-apply", "--root", m.root, "-")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stdout, "CRITICAL : couldn't parse config: config is not valid\n")
}

func TestPlanTouchesNothing(t *testing.T) {
	m := newMachine(t, "")
	m.write("root/etc/old", "old")
	m.write("p.ign", minimal(`,"storage":{"files":[
		{"path":"/etc/new","contents":{"source":"data:,SECRET"}},
		{"path":"/etc/old","overwrite":true,"contents":{"source":"data:,SECRET"}}]},
		"passwd":{"users":[{"name":"core","passwordHash":"SECRET"}]}`))
	r := runProgram(t, m.env, "", "ignition", "plan", "--config", m.in("p.ign"), m.root)
	require.Zero(t, r.code, r.stderr)
	require.Regexp(t, `create +file +/etc/new`, r.stdout)
	require.Regexp(t, `file +/etc/old +DATA LOST`, r.stdout)
	require.NotContains(t, r.stdout+r.stderr, "SECRET")
	require.Equal(t, "old", m.read("root/etc/old"))
	require.NoFileExists(t, m.in("root/etc/new"))

	m.write("p.ign", minimal(`,"storage":{"files":[{"path":"/etc/old","contents":{"source":"data:,x"}}]}`))
	r = runProgram(t, m.env, "", "ignition", "plan", "--json", "--config", m.in("p.ign"), m.root)
	require.Equal(t, 1, r.code, "a stage that would fail is status 1")
	require.Contains(t, r.stdout, `"fails": true`)
	require.Contains(t, r.stdout, `"verb": "fail"`)
}

// TestPlatformsThatNeedTheNetworkSaySo: offline, nothing may be waited for.
func TestPlatformsThatNeedTheNetworkSaySo(t *testing.T) {
	for _, name := range []string{
		"aliyun", "akamai", "aws", "azure", "brightbox", "cloudstack", "digitalocean", "exoscale", "gcp", "hetzner",
		"openstack", "oraclecloud", "packet", "scaleway", "upcloud", "vultr",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, "")
			r := runProgram(t, m.env, "", "ignition", "-platform", name, "-stage", "fetch-offline", "-root", m.root, "-log-to-stdout",
				"-config-cache", m.in("cache.json"), "-neednet", m.in("neednet"), "-state-file", m.in("state"))
			require.Zero(t, r.code, r.stdout+r.stderr)
			require.FileExists(t, m.in("neednet"))
			require.NoFileExists(t, m.in("cache.json"))
		})
	}
}

func TestEmptyReferencesDoNotUndoTheConfig(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	defer server.Close()
	for _, config := range []string{
		`{"ignition":{"version":"3.0.0","config":{"merge":[{}]}},"storage":{"files":[{"path":"/important"}]}}`,
		`{"ignition":{"version":"3.5.0","config":{"merge":[{"source":"` + server.URL + `"}]}},"storage":{"files":[{"path":"/important"}]}}`,
		`{"ignition":{"version":"3.5.0","config":{"replace":{"source":"` + server.URL + `"}}}}`,
	} {
		m := newMachine(t, config)
		r := m.stage("fetch")
		require.Equal(t, 1, r.code, config)
		require.Contains(t, r.stdout, "invalid referenced config: ")
		require.NoFileExists(t, m.in("cache.json"))
	}
}

func TestNegativeTimeoutFailsAtOnce(t *testing.T) {
	m := newMachine(t, `{"ignition":{"version":"3.5.0","timeouts":{"httpTotal":-1},"config":{"merge":[{"source":"http://127.0.0.1:1"}]}}}`)
	r := m.stage("fetch")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stdout, "unable to fetch resource in time")
}

func TestFailedReferenceIsNamed(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	m := newMachine(t, `{"ignition":{"version":"3.5.0","config":{"merge":[{"source":"data:,%7B%22ignition%22%3A%7B%22version%22%3A%223.4.0%22%7D%7D"},{"source":"`+server.URL+`/x?sig=SECRET"}]}}}`)
	r := m.stage("fetch")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stderr, "entry:  $.ignition.config.merge.1 ("+server.URL+"/x?<redacted>)\n")
	require.Contains(t, r.stderr, "next:   check the URL: the server has nothing there")
	require.NotContains(t, r.stdout+r.stderr, "SECRET")
}
