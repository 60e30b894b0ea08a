package rpmmd_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

func TestExpand(t *testing.T) {
	vars := rpmmd.Vars{"releasever": "24.03", "basearch": "x86_64", "empty": "", "a_1": "$basearch"}
	for in, want := range map[string]string{
		"plain":                                "plain",
		"http://h/$releasever/$basearch/os/":   "http://h/24.03/x86_64/os/",
		"${releasever}x$basearch.":             "24.03xx86_64.",
		"$releasever_major-$releasever_minor":  "24-03",
		"$unknown ${unknown} $ ${ ${} $-":      "$unknown ${unknown} $ ${ ${} $-",
		"$a_1":                                 "$basearch",
		"${releasever:-w}${empty:-w}${none:-}": "24.03w",
		"${releasever:+w}${empty:+w}${n:+w}":   "w",
		"${none:-a${basearch}b${empty:-c}}d":   "ax86_64bcd",
		"${none:-a":                            "${none:-a",
		"${none:-${x:-":                        "${none:-${x:-",
		"${none:?a}":                           "${none:?a}",
		`\$basearch \\ ${none:-\}}`:            `$basearch \ }`,
		`\`:                                    `\`,
		"a}b":                                  "a}b",
	} {
		got, err := vars.Expand(in)
		require.NoError(t, err)
		require.Equal(t, want, got, in)
	}
	_, err := rpmmd.Vars{"x": strings.Repeat("x", 1000)}.Expand(strings.Repeat("$x", 2000))
	require.ErrorContains(t, err, "value of more than")
	start := time.Now()
	_, err = vars.Expand(strings.Repeat("${none:-", 50_000))
	require.NoError(t, err)
	require.Less(t, time.Since(start), time.Minute)
}

func TestLoadVars(t *testing.T) {
	vars, err := rpmmd.LoadVars(fstest.MapFS{
		"etc/yum/vars/a": {Data: []byte("yum\n")}, "etc/yum/vars/b": {Data: []byte("b")},
		"etc/dnf/vars/a": {Data: []byte("dnf\r\nsecond line\n")}, "etc/dnf/vars/.hidden": {Data: []byte("x")}, "etc/dnf/vars/dir/x": {},
	})
	require.NoError(t, err)
	require.Equal(t, rpmmd.Vars{"a": "dnf", "b": "b"}, vars)
}

const repoText = `# comment
[main]
gpgcheck=1
[fed-$basearch]
name = Fedora $releasever - ${basearch}
; comment
baseurl=http://a/$releasever http://b/,
  http://c/
  # not an address
  http://d/
enabled=no
gpgcheck=1
repo_gpgcheck=TRUE
gpgkey=file:///etc/pki/KEY-$releasever
 file:///etc/pki/KEY2
priority=10
cost=500
exclude=a* b
excludepkgs=c,d
includepkgs=e
metadata_expire=6h
skip_if_unavailable=1
module_hotfixes=yes
proxy=http://p:1
proxy_username=pu
proxy_password=pp
proxy_auth_method=basic
username=u
password=p
sslverify=0
sslcacert=/ca
sslclientcert=/cert
sslclientkey=/key
retries=3
timeout=1m
minrate=2k
throttle=1M
bandwidth=2M
ip_resolve=IPv6
max_parallel_downloads=5
fastestmirror=on
enablegroups=off
enabled_metadata=1
type=rpm-md
countme=1
user_agent=UA
keepcache=1
deltarpm=0
mirrorlist=http://m
metalink=http://ml
gpgcakey=http://ca
sslverifystatus=1

[plain]
baseurl=file:///srv
metadata_expire=never
[bad]
enabled=maybe
priority=x
timeout=1y
minrate=-1
throttle=200%
ip_resolve=5
shiny=1
[not ok]
[..]
`

func TestParseRepoFile(t *testing.T) {
	vars := rpmmd.Vars{"releasever": "40", "basearch": "x86_64"}
	repos, warnings, err := rpmmd.ParseRepoFile([]byte(repoText), "x.repo", vars)
	require.NoError(t, err)
	require.Len(t, repos, 3)
	require.Equal(t, &rpmmd.RepoConfig{
		ID: "fed-x86_64", File: "x.repo", Name: "Fedora 40 - x86_64", Enabled: false,
		BaseURL:  []string{"http://a/40", "http://b/", "http://c/", "http://d/"},
		GPGCheck: true, RepoGPGCheck: true, GPGKey: []string{"file:///etc/pki/KEY-40", "file:///etc/pki/KEY2"},
		Priority: 10, Cost: 500, ExcludePackages: []string{"a*", "b", "c", "d"}, IncludePackages: []string{"e"},
		MetadataExpire: 6 * time.Hour, SkipIfUnavailable: true, ModuleHotfixes: true,
		Proxy: "http://p:1", ProxyUsername: "pu", ProxyPassword: "pp", ProxyAuthMethod: "basic", Username: "u", Password: "p",
		SSLVerify: false, SSLVerifyStatus: true, SSLCACert: "/ca", SSLClientCert: "/cert", SSLClientKey: "/key",
		Retries: 3, Timeout: time.Minute, MinRate: 2048, Throttle: 1 << 20, Bandwidth: 2 << 20, IPResolve: "6", MaxParallelDownloads: 5,
		FastestMirror: true, EnableGroups: false, EnabledMetadata: true, Type: "rpm-md", CountMe: true, UserAgent: "UA", KeepCache: true,
		Mirrorlist: "http://m", Metalink: "http://ml", GPGCAKey: "http://ca",
	}, repos[0])
	plain := rpmmd.NewRepoConfig("plain")
	plain.File, plain.BaseURL, plain.MetadataExpire = "x.repo", []string{"file:///srv"}, -1
	require.Equal(t, plain, repos[1])
	bad := rpmmd.NewRepoConfig("bad")
	bad.File = "x.repo"
	require.Equal(t, bad, repos[2], "what is malformed is left at its default")
	require.Len(t, warnings, 9)
	require.ErrorContains(t, warnings[0], `x.repo: repository bad: invalid configuration value: enabled=maybe: invalid boolean value "maybe"`)
	require.ErrorContains(t, warnings[6], "unknown configuration option: shiny")
	require.ErrorContains(t, warnings[7], "x.repo: section [not ok]: bad id for repo, byte = ' ' 3")

	for text, want := range map[string]string{
		"a=b\n":      "x.repo: line 1: missing section header",
		"[a\n":       "line 1: missing ']'",
		"[a]\n\nb\n": "line 3: missing '='",
	} {
		_, _, err := rpmmd.ParseRepoFile([]byte(text), "x.repo", nil)
		require.ErrorContains(t, err, want)
	}
}

func TestOptionValues(t *testing.T) {
	for _, c := range []struct {
		key, value string
		get        func(*rpmmd.RepoConfig) any
		want       any
	}{
		{"metadata_expire", "90", func(c *rpmmd.RepoConfig) any { return c.MetadataExpire }, 90 * time.Second},
		{"metadata_expire", "1.5m", func(c *rpmmd.RepoConfig) any { return c.MetadataExpire }, 90 * time.Second},
		{"metadata_expire", "7D", func(c *rpmmd.RepoConfig) any { return c.MetadataExpire }, 168 * time.Hour},
		{"metadata_expire", "-1", func(c *rpmmd.RepoConfig) any { return c.MetadataExpire }, time.Duration(-1)},
		{"metadata_expire", "1e300d", func(c *rpmmd.RepoConfig) any { return c.MetadataExpire }, 100 * 365 * 24 * time.Hour},
		{"bandwidth", "1.5G", func(c *rpmmd.RepoConfig) any { return c.Bandwidth }, int64(3 << 29)},
		{"throttle", "25%", func(c *rpmmd.RepoConfig) any { return c.Throttle }, 0.25},
		{"throttle", "0.5", func(c *rpmmd.RepoConfig) any { return c.Throttle }, 0.5},
		{"throttle", "10k", func(c *rpmmd.RepoConfig) any { return c.Throttle }, float64(10240)},
		{"ip_resolve", "4", func(c *rpmmd.RepoConfig) any { return c.IPResolve }, "4"},
		{"ip_resolve", "whatever", func(c *rpmmd.RepoConfig) any { return c.IPResolve }, ""},
		{"enabled", "On", func(c *rpmmd.RepoConfig) any { return c.Enabled }, true},
	} {
		r := rpmmd.NewRepoConfig("x")
		require.NoError(t, r.Set(c.key, c.value))
		require.Equal(t, c.want, c.get(r), c)
	}
	for _, c := range [][2]string{
		{"metadata_expire", ""}, {"metadata_expire", "-2"}, {"metadata_expire", "m"}, {"metadata_expire", "NaN"}, {"bandwidth", "1e400"}, {"bandwidth", "9e18"}, {"bandwidth", ""}, {"bandwidth", "1T"},
		{"throttle", "-1%"}, {"enabled", ""}, {"priority", "1.5"},
	} {
		require.Error(t, rpmmd.NewRepoConfig("x").Set(c[0], c[1]), c)
	}
}

func TestLoadRepos(t *testing.T) {
	var log bytes.Buffer
	fsys := fstest.MapFS{
		"etc/yum.repos.d/b.repo":    {Data: []byte("[b]\nbaseurl=http://$x/\n[both]\nname=first\n")},
		"etc/yum.repos.d/a.repo":    {Data: []byte("[a]\nodd=1\n")},
		"etc/yum.repos.d/c.repo.no": {Data: []byte("[")},
		"etc/distro.repos.d/d.repo": {Data: []byte("[both]\nname=second\n[d]\n")},
	}
	repos, err := rpmmd.LoadRepos(fsys, &rpmmd.LoadOptions{Vars: rpmmd.Vars{"x": "host"}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	var ids []string
	for _, r := range repos {
		ids = append(ids, r.ID+" "+r.File)
	}
	require.Equal(t, []string{"a /etc/yum.repos.d/a.repo", "b /etc/yum.repos.d/b.repo", "both /etc/yum.repos.d/b.repo", "d /etc/distro.repos.d/d.repo"}, ids)
	require.Equal(t, []string{"http://host/"}, repos[1].BaseURL)
	require.Equal(t, "first", repos[2].Name)
	require.Contains(t, log.String(), "unknown configuration option: odd")
	require.Contains(t, log.String(), "repository is configured more than once")

	fsys["etc/yum.repos.d/z.repo"] = &fstest.MapFile{Data: []byte("[")}
	_, err = rpmmd.LoadRepos(fsys, nil)
	require.ErrorContains(t, err, "/etc/yum.repos.d/z.repo: line 1: missing ']'")
	repos, err = rpmmd.LoadRepos(fstest.MapFS{}, nil)
	require.NoError(t, err)
	require.Empty(t, repos)
}
