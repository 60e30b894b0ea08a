//go:build linux

package clitest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

func TestUpgradeDeployRebaseRollback(t *testing.T) {
	h := newHost(t)
	first := h.checksums()[0]
	require.Contains(t, h.unchanged("upgrade", "--unchanged-exit-77"), "No upgrade available.\n")
	require.Contains(t, h.must("upgrade"), "No upgrade available.\n")
	r := h.on("upgrade", "--check")
	require.Equal(t, 77, r.code)
	require.Equal(t, "No updates available.\n", r.out)
	require.Equal(t, "Note: --check and --preview may be unreliable.  See https://github.com/coreos/rpm-ostree/issues/1579\n", r.err)

	second := h.Base("2.0", spec("tool", "1")).String()
	out := h.must("upgrade", "--check")
	require.Equal(t, "AvailableUpdate:\n        Version: 2.0 (2023-11-15T01:13:20Z)\n         Commit: "+second+"\n           Diff: 1 upgraded, 1 added\n", out)
	out = h.must("upgrade", "--preview")
	require.Contains(t, out, "       Upgraded: demo-release 1.0-1 -> 2.0-1\n          Added: tool-1-1.noarch\n")
	require.Equal(t, "1 upgraded, 1 added", h.cachedSummary())
	require.Equal(t, []string{first}, h.checksums())
	require.Contains(t, h.fails("upgrade", "--preview", "-r"), "Cannot specify both --reboot and --preview")
	require.Contains(t, h.must("upgrade", "--download-only"), "Update downloaded.\n")

	out = h.must("update")
	require.True(t, strings.HasSuffix(out, "Upgraded:\n  demo-release 1.0-1 -> 2.0-1\nAdded:\n  tool-1-1.noarch\nRun \"systemctl reboot\" to start a reboot\n"), out)
	require.Equal(t, []string{second, first}, h.checksums())
	require.Equal(t, "null", h.json(`$["cached-update"]`))

	require.Equal(t, "Moving '"+first+".0' to be first deployment\nDowngraded:\n  demo-release 2.0-1 -> 1.0-1\nRemoved:\n  tool-1-1.noarch\n"+
		"Run \"systemctl reboot\" to start a reboot\n", h.must("rollback"))
	require.Equal(t, []string{first, second}, h.checksums())

	require.Contains(t, h.must("deploy", "2.0", "--preview"), "!demo-release-1.0-1.noarch\n=demo-release-2.0-1.noarch\n+tool-1-1.noarch\n")
	require.Contains(t, h.must("deploy", "2.0"), "Resolving version '2.0'\n")
	require.Equal(t, second, h.checksums()[0])
	require.Contains(t, h.origin(), "override-commit="+second+"\n")
	require.Contains(t, h.fails("deploy", "9.9"), "error: Version 9.9 not found in demo/1/x86_64/stable\n")
	require.Contains(t, h.fails("deploy", "revision="+first, "--disallow-downgrade"), "is chronologically older than current revision")
	require.Contains(t, h.must("deploy", "REVISION="+first), "Validating checksum '"+first+"'\n")
	require.Contains(t, h.must("upgrade"), "demo-release 1.0-1 -> 2.0-1")
	require.NotContains(t, h.origin(), "override-commit")

	require.Contains(t, h.fails("rebase", "demo/1/x86_64/stable"), "error: Old and new refs are equal: demo/1/x86_64/stable\n")
	require.Contains(t, h.fails("rebase"), "error: Must specify refspec, or -b branch or -r remote\n")
	require.Contains(t, h.fails("rebase", ":"+second, "--custom-origin-url=u"), "error: --custom-origin-description must be supplied with --custom-origin-url\n")
	h.must("rebase", ":"+second, "--custom-origin-url=u", "--custom-origin-description=Managed by test")
	require.Contains(t, h.must("upgrade"), "Pinned to commit by custom origin: Managed by test\n")
	require.Contains(t, h.must("status"), "  u\n             CustomOrigin: Managed by test\n")
	require.Contains(t, h.fails("deploy", "1.0"), "error: Cannot look up version while pinned to commit\n")
}

func (h *host) json(path string) string {
	h.Helper()
	var list []json.RawMessage
	require.NoError(h, json.Unmarshal([]byte(h.must("status", "-J", path)), &list))
	require.NotEmpty(h, list, path)
	return string(list[0])
}

// cachedSummary is how the update that was found last differs.
func (h *host) cachedSummary() string {
	h.Helper()
	var diff map[string][]any
	require.NoError(h, json.Unmarshal([]byte(h.json(`$["cached-update"]["rpm-diff"]`)), &diff))
	var parts []string
	for _, key := range []string{"upgraded", "downgraded", "removed", "added"} {
		if n := len(diff[key]); n > 0 {
			parts = append(parts, string(rune('0'+n))+" "+key)
		}
	}
	return strings.Join(parts, ", ")
}

func TestRebaseFromDirectory(t *testing.T) {
	h := newHost(t)
	other := newHostHere(t)
	commit := other.Base("5.0").String()
	path := filepath.Join(other.Sysroot, "ostree/repo") + ":" + "demo/1/x86_64/stable"
	require.Contains(t, h.fails("rebase", "/nowhere"), "error: Missing ':' in LOCALPATH:REF rebase\n")
	require.Contains(t, h.fails("rebase", "/nowhere:"), "error: Missing REF in LOCALPATH:REF rebase\n")
	h.must("rebase", strings.Replace(path, ":demo/1/x86_64/stable", ":"+commit, 1))
	require.Equal(t, commit, h.checksums()[0])
	require.Equal(t, "[origin]\nrefspec="+commit+"\n", h.origin())
}

func TestRemote(t *testing.T) {
	h := newHost(t)
	other := newHostHere(t)
	repo := h.Repo()
	require.NoError(t, repo.AddRemote("origin", "file://"+filepath.Join(other.Sysroot, "ostree/repo"), &ostree.RemoteAddOptions{Settings: [][2]string{{"gpg-verify", "false"}}}))
	other.Base("3.0")
	third, fourth := other.Base("3.1").String(), ""
	require.Contains(t, h.fails("rebase", "nowhere:"), "nowhere")
	h.must("rebase", "origin:")
	require.Equal(t, third, h.checksums()[0])
	require.Equal(t, "[origin]\nrefspec=origin:demo/1/x86_64/stable\n", h.origin())
	_, found, err := repo.ResolveRevOptional("demo/1/x86_64/stable")
	require.NoError(t, err)
	require.True(t, found, "another deployment follows the old ref")
	fourth = other.Base("4.0", spec("tool", "1")).String()
	require.Contains(t, h.must("upgrade", "--check"), "        Version: 4.0 (")
	require.Contains(t, h.must("status"), "Version: 3.1 (")
	require.Equal(t, `"`+fourth+`"`, h.json("$.deployments[0]['pending-base-checksum']"))
	h.must("upgrade")
	require.Equal(t, fourth, h.checksums()[0])
	require.Contains(t, h.must("deploy", "3.0"), "Resolving version '3.0'\n")
	require.Contains(t, h.must("db version"), "rpmdbv is:")
	require.Contains(t, h.fails("rebase", "ostree://"), "error: Refspec is empty\n")
}

func TestOverride(t *testing.T) {
	h := newHost(t, spec("telnet", "1"), spec("tool", "1"), spec("other", "1"))
	tool := h.File(spec("tool", "2"))
	base := h.checksums()[0]
	out := h.must("override remove", "telnet", "--replace="+tool)
	require.True(t, strings.HasSuffix(out, "Upgraded:\n  tool 1-1 -> 2-1\nRemoved:\n  telnet-1-1.noarch\n"+
		"Use \"rpm-ostree override reset\" to undo overrides\nChanges queued for next boot. Run \"systemctl reboot\" to start a reboot\n"), out)
	require.Contains(t, h.must("status"), "      RemovedBasePackages: telnet 1-1\n           LocalOverrides: tool 1-1 -> 2-1\n")
	require.Contains(t, h.fails("override remove", "telnet"), "error: Override already exists for package 'telnet'\n")
	require.Contains(t, h.fails("override remove", "nothing"), "error: Package \"nothing\" not found\n")
	require.Contains(t, h.fails("override replace", "tool"), "error: Non-local replacement overrides not implemented yet\n")
	require.Contains(t, h.fails("override replace", "tool", "--from=repo=extra"), "error: Must specify --experimental to use --freeze or --from\n")
	require.Contains(t, h.fails("override replace", "tool", "--experimental", "--from=x"), "error: Parsing override source")
	require.Contains(t, h.fails("override reset"), "error: At least one PACKAGE must be specified\n")
	require.Contains(t, h.fails("override reset", "foo"), "error: No overrides for package 'foo'\n")
	require.Contains(t, h.must("override reset", "tool"), "Downgraded:\n  tool 2-1 -> 1-1\n")
	h.Publish(spec("other", "3"))
	require.Contains(t, h.must("override replace", "--experimental", "--from=repo=extra", "other"), "Upgraded:\n  other 1-1 -> 3-1\n")
	require.Contains(t, h.must("status"), "          RemoteOverrides: repo=extra\n                           └─ other 1-1 -> 3-1\n")
	h.must("override reset", "--all")
	require.Equal(t, base, h.checksums()[0])
	require.Contains(t, h.unchanged("override reset", "-a", "--unchanged-exit-77"), "No change.\n")
}

func TestReset(t *testing.T) {
	h := newHost(t, spec("telnet", "1"))
	h.Publish(spec("foo", "1"))
	base := h.checksums()[0]
	h.must("install", "foo")
	h.must("override remove", "telnet")
	require.Contains(t, h.must("reset", "-l"), "Removed:\n  foo-1-1.noarch\n")
	require.Contains(t, h.origin(), "remove=telnet")
	require.Contains(t, h.must("reset", "--install", "foo"), "Added:\n  foo-1-1.noarch\n  telnet-1-1.noarch\n")
	h.must("reset")
	require.Equal(t, base, h.checksums()[0])
	require.Contains(t, h.must("reset"), "No change.\n")
	require.Contains(t, h.fails("reset", "x"), "error: Too few or too many arguments\n")
}

func TestLocalPackages(t *testing.T) {
	h := newHost(t)
	agent := spec("agent", "1")
	file := h.File(agent)
	srv := httptest.NewServer(http.FileServer(http.Dir(filepath.Dir(file))))
	defer srv.Close()
	h.must("install", file)
	require.Regexp(t, `requested-local=[0-9a-f]{64}:agent-1-1.noarch;`, h.origin())
	require.Contains(t, h.fails("install", "file://"+file), "error: Package 'agent-1-1.noarch' is already layered\n")
	require.Contains(t, h.must("status"), "            LocalPackages: agent-1-1.noarch\n")
	require.Equal(t, `["agent-1-1.noarch"]`, strings.Join(strings.Fields(h.json("$.deployments[0].requested-local-packages")), ""))
	h.must("uninstall", "agent")
	out := h.must("install", srv.URL+"/"+filepath.Base(file))
	require.Contains(t, out, "Downloading '"+srv.URL+"/"+filepath.Base(file)+"'...done\n")
	require.Contains(t, h.fails("install", srv.URL+"/none.rpm"), "404")
	require.Contains(t, h.fails("install", "x.src.rpm"), "error: x.src.rpm appears to be a source RPM which are not usually intended to be installed\n")
	forced := h.File(&rpmtest.Spec{Name: "forced", Files: []rpmtest.File{{Path: "/usr/bin/agent", Mode: 0o755, Content: []byte("other")}}})
	require.Contains(t, h.fails("install", forced), "usr/bin/agent")
	h.must("install", "--force-replacefiles", forced)
	require.Contains(t, h.must("status"), "      LocalForcedPackages: forced-1-1.noarch\n")
	require.Contains(t, h.fails("install", "--force-replacefiles", "foo"), "only supported for package files")
}

func TestKargs(t *testing.T) {
	h := newHost(t)
	line := h.must("kargs")
	require.Regexp(t, `^root=UUID=x quiet ostree=/ostree/boot\.\d/demo/[0-9a-f]{64}/0\n$`, line)
	require.Equal(t, line, h.must("kargs", "--deploy-index=0"))
	require.Contains(t, h.fails("kargs", "--deploy-index=7"), "error: Out of range deployment index 7, expected < 1\n")
	out := h.must("kargs", "--append=console=ttyS0", "--append-if-missing=quiet")
	require.True(t, strings.HasSuffix(out, "Run \"systemctl reboot\" to start a reboot\n"), out)
	require.Contains(t, h.must("kargs"), "/0 console=ttyS0\n")
	require.Equal(t, "No changes.\n", h.unchanged("kargs", "--append-if-missing=quiet", "--unchanged-exit-77"))
	require.Equal(t, "No changes.\n", h.must("kargs", "--delete-if-present=none"))
	require.Contains(t, h.fails("kargs", "--delete=none"), "No key 'none' found")
	require.Contains(t, h.fails("kargs", "--delete=a", "--replace=b=c"), "error: Cannot specify both --delete and --replace\n")
	h.must("kargs", "--replace=console=ttyS0=ttyS1", "--delete-if-present=quiet")
	require.Contains(t, h.must("kargs"), " console=ttyS1\n")

	h.env = []string{"EDITOR=sed -i s/ttyS1/ttyS2/"}
	h.must("kargs", "--editor")
	require.Contains(t, h.must("kargs"), "console=ttyS2")
	require.Contains(t, h.fails("kargs", "--editor"), "error: The kernel arguments remained the same\n")
	require.Equal(t, "No changes.\n", h.unchanged("kargs", "--editor", "--unchanged-exit-77"))
	h.env = []string{"EDITOR=sed -i '/^[^#]/d'"}
	require.Contains(t, h.fails("kargs", "--editor"), "error: The kernel arguments can not be empty\n")
	require.Contains(t, h.fails("kargs", "--editor", "--append=x"), "error: Cannot specify --editor with")
}

func TestInitramfs(t *testing.T) {
	h := newHost(t)
	require.Equal(t, "Initramfs regeneration: disabled\n", h.must("initramfs"))
	require.Contains(t, h.fails("initramfs", "--disable"), "already disabled")
	require.Contains(t, h.fails("initramfs", "-r"), "error: --reboot must be used with --enable or --disable\n")
	require.Contains(t, h.fails("initramfs", "--arg=x"), "error: --arg must be used with --enable\n")
	require.Equal(t, "No tracked files.\n", h.must("initramfs-etc"))
	require.True(t, strings.HasSuffix(h.must("initramfs-etc", "--track=/etc/passwd"), "Run \"systemctl reboot\" to start a reboot\n"))
	require.Equal(t, "Tracked files:\n  /etc/passwd\n", h.must("initramfs-etc"))
	require.Contains(t, h.must("status"), "             InitramfsEtc: /etc/passwd\n")
	require.Contains(t, h.unchanged("initramfs-etc", "--track=/etc/passwd", "--unchanged-exit-77"), "No changes.\n")
	require.Contains(t, h.fails("initramfs-etc", "--track=/usr/x"), "error: Path outside /etc forbidden: /usr/x\n")
	h.must("initramfs-etc", "--force-sync")
	h.must("initramfs-etc", "--untrack-all")
	require.Equal(t, "No tracked files.\n", h.must("initramfs-etc"))
}

func TestCleanupAndQueries(t *testing.T) {
	h := newHost(t)
	h.Publish(&rpmtest.Spec{Name: "vim", Summary: "An editor named vim"}, &rpmtest.Spec{Name: "vimdiff", Summary: "Differences"}, &rpmtest.Spec{Name: "nano", Summary: "Not VIM"})
	require.Contains(t, h.fails("cleanup"), "error: At least one cleanup option must be specified\n")
	require.Equal(t, "Deployments unchanged.\n", h.must("cleanup", "-p"))
	require.Contains(t, h.must("refresh-md"), "rpm-md repo 'extra'; generated: 2023-11-14T22:13:")
	require.Contains(t, h.must("makecache", "-f"), "rpm-md repo 'extra'; generated: ")
	out := h.must("search", "vim")
	require.True(t, strings.HasSuffix(out, "\n===== Summary & Name Matched =====\nvim : An editor named vim\n\n===== Name Matched =====\nvimdiff : Differences\n"+
		"\n===== Summary Matched =====\nnano : Not VIM\n"), out)
	require.Contains(t, h.must("search", "emacs"), "No matches found.\n")
	require.DirExists(t, filepath.Join(h.Sysroot, "ostree/deploy/demo/var/cache/rpm-ostree"))
	h.must("cleanup", "-m")
	require.NoDirExists(t, filepath.Join(h.Sysroot, "ostree/deploy/demo/var/cache/rpm-ostree"))
	h.must("kargs", "--append=x")
	require.Len(t, h.checksums(), 2)
	h.must("cleanup", "-r")
	require.Len(t, h.checksums(), 1)
	h.must("cleanup", "-b")
	h.must("reload")
	require.Contains(t, h.fails("rollback"), "error: No rollback deployment found\n")
	for _, command := range []string{"cancel", "usroverlay", "finalize-deployment"} {
		args := []string{}
		if command == "finalize-deployment" {
			args = []string{"--allow-missing-checksum"}
		}
		require.Contains(t, h.fails(command, args...), "error: This system was not booted via libostree.\n")
	}
	require.Contains(t, h.fails("status", "--os=none", "x"), "error: Too few or too many arguments\n")
	require.Contains(t, h.fails("install", "--os=none", "x"), "error: No previous deployment for OS 'none'\n")
}

var sha = regexp.MustCompile(`[0-9a-f]{64}`)

func TestDatabase(t *testing.T) {
	h := newHost(t)
	first := h.checksums()[0]
	h.Base("2.0", spec("tool", "1"))
	h.must("upgrade")
	second := h.checksums()[0]
	out := h.must("db list", first, "b*")
	require.Equal(t, "ostree commit: "+first+"\n busybox-1-1.x86_64\n", out)
	out = h.must("rpm list", "demo/1/x86_64/stable", "DEMO-release", "tool.noarch")
	require.Equal(t, "ostree commit: demo/1/x86_64/stable ("+second+")\n demo-release-2.0-1.noarch\n tool-1-1.noarch\n", out)
	require.Equal(t, h.must("db list"), strings.Replace(h.must("db list", "demo/1/x86_64/stable"), "demo/1/x86_64/stable ("+second+")", second, 1))
	require.Regexp(t, `^ostree commit: [0-9a-f]{64}\n  rpmdbv is: {23,}5:[0-9a-f]{40}\n$`, h.must("db version", first))

	out = h.must("db diff", first, second)
	require.Equal(t, "ostree diff commit from: "+first+"\nostree diff commit to:   "+second+"\nUpgraded:\n  demo-release 1.0-1 -> 2.0-1\nAdded:\n  tool-1-1.noarch\n", out)
	out = h.must("db diff", "--format=diff")
	require.Equal(t, "ostree diff commit from: rollback deployment ("+first+")\nostree diff commit to:   pending deployment ("+second+")\n"+
		"!demo-release-1.0-1.noarch\n=demo-release-2.0-1.noarch\n+tool-1-1.noarch\n", out)
	out = sha.ReplaceAllString(h.must("db diff", "-F", "json"), "SUM")
	require.Equal(t, `{
  "ostree-commit-from" : "SUM",
  "ostree-commit-to" : "SUM",
  "pkgdiff" : [
    [
      "demo-release",
      2,
      {
        "NewPackage" : [
          "demo-release",
          "2.0-1",
          "noarch"
        ],
        "PreviousPackage" : [
          "demo-release",
          "1.0-1",
          "noarch"
        ]
      }
    ],
    [
      "tool",
      0,
      {
        "NewPackage" : [
          "tool",
          "1-1",
          "noarch"
        ]
      }
    ]
  ],
  "advisories" : []
}
`, out)
	require.Contains(t, h.fails("db diff", "-F", "json", "-c"), "error: json format and --changelogs not supported\n")
	require.Contains(t, h.fails("db diff", "-F", "x"), "error: Format argument is invalid, pick one of: diff, block, json\n")
	require.Contains(t, h.fails("db diff", "a", "b", "c"), "takes at most 2 arguments\n")
	require.Contains(t, h.must("db diff", "-c", first, second), "Upgraded:\n  demo-release 1.0-1 -> 2.0-1\n")

	h.Publish(spec("foo", "1"))
	h.must("install", "foo")
	require.Contains(t, h.must("db diff"), "Added:\n  foo-1-1.noarch\n")
	require.NotContains(t, h.must("db diff", "--base"), "foo")
	r := try(t, nil, "db", "list", "--repo="+filepath.Join(h.Sysroot, "ostree/repo"), first, "tool")
	require.Equal(t, "ostree commit: "+first+"\n", r.out)
}

func TestRebuild(t *testing.T) {
	h := newHost(t, spec("telnet", "1"))
	h.Publish(spec("foo", "1"))
	require.Equal(t, "No changes to apply.\n", h.must("ex rebuild"))
	dir := filepath.Join(h.Sysroot, "ostree/deploy/demo/deploy", h.checksums()[0]+".0", "etc/rpm-ostree/origin.d")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.yaml"), []byte("packages: [foo]\noverride-remove: [telnet]\n"), 0o644))
	require.Contains(t, h.must("ex rebuild"), "Removed:\n  telnet-1-1.noarch\nAdded:\n  foo-1-1.noarch\n")
	require.Contains(t, h.origin(), "requested=foo;")
	require.NoFileExists(t, filepath.Join(dir, "a.yaml"))
	require.Equal(t, "No changes to apply.\n", h.must("ex rebuild"))
}
