package rpmostree_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/stretchr/testify/require"
)

func str(s string) gvariant.Value { return gvariant.NewString(s) }

// nevra is the form (sstsss) of a package.
func nevra(name, epoch, version, release string) gvariant.Value {
	var n uint64
	fmt.Sscan(epoch, &n)
	evr := version + "-" + release
	if n > 0 {
		evr = epoch + ":" + evr
	}
	return gvariant.NewTuple(str(name+"-"+evr+".noarch"), str(name), gvariant.NewUint64(n), str(version), str(release), str("noarch"))
}

func pair(now, old gvariant.Value) gvariant.Value {
	return gvariant.NewTuple(gvariant.NewVariant(now), gvariant.NewVariant(old))
}

// deployment is a description with every key that a deployment always has.
func deployment(change func(d *object.Dict)) *rpmostree.DeploymentInfo {
	d := &object.Dict{}
	d.Set("id", str("os-77aa.0"))
	d.Set("osname", str("os"))
	d.Set("checksum", str("5d1c"))
	d.Set("origin", str("nest:nestos/stable"))
	d.Set("version", str("22.03"))
	d.Set("timestamp", gvariant.NewUint64(1709290000))
	d.Set("unlocked", str("none"))
	d.Set("base-commit-meta", (&object.Dict{}).Value())
	if change != nil {
		change(d)
	}
	return &rpmostree.DeploymentInfo{Dict: d}
}

func deploymentText(t *testing.T, i *rpmostree.DeploymentInfo, o *rpmostree.TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, i.WriteText(&b, o))
	return b.String()
}

func TestDeploymentText(t *testing.T) {
	require.Equal(t, `  nest:nestos/stable
                  Version: 22.03 (2024-03-01T10:46:40Z)
                   Commit: 5d1c
`, deploymentText(t, deployment(nil), nil))

	layered := deployment(func(d *object.Dict) {
		d.Set("booted", gvariant.NewBool(true))
		d.Set("base-checksum", str("77aa"))
		d.Set("base-timestamp", gvariant.NewUint64(1709280000))
		var base object.Dict
		base.Set("ostree.source-title", str("nestos 22.03"))
		d.Set("base-commit-meta", base.Value())
		d.Set("layered-commit-meta", (&object.Dict{}).Value())
		d.Set("base-removals", gvariant.NewArray("v", gvariant.NewVariant(nevra("telnet", "1", "0.17", "86")), gvariant.NewVariant(nevra("ftp", "0", "2", "1")),
			gvariant.NewVariant(nevra("rsh", "1", "0.17", "86"))))
		d.Set("requested-base-removals", gvariant.NewStrings([]string{"ftp", "gone", "rsh", "telnet"}))
		d.Set("base-local-replacements", gvariant.NewArray("(vv)", pair(nevra("a", "0", "2", "1"), nevra("a", "0", "1", "1")),
			pair(nevra("b", "0", "2", "1"), nevra("b", "0", "1", "1")), pair(nevra("new", "0", "1", "1"), nevra("old", "0", "1", "1"))))
		var remote object.Dict
		remote.Set("repo=testing", gvariant.NewArray("(vv)", pair(nevra("k", "0", "2", "1"), nevra("k", "0", "1", "1")), pair(nevra("l", "0", "3", "1"), nevra("l", "0", "1", "1"))))
		d.Set("base-remote-replacements", remote.Value())
		d.Set("requested-base-remote-replacements", gvariant.NewArray("(sas)", gvariant.NewTuple(str("repo=testing"), gvariant.NewStrings([]string{"k", "l", "m"}))))
		d.Set("requested-packages", gvariant.NewStrings([]string{"Zsh", "foo >= 2", "inactive", "tmux"}))
		d.Set("packages", gvariant.NewStrings([]string{"Zsh", "foo >= 2", "tmux"}))
		d.Set("regenerate-initramfs", gvariant.NewBool(true))
		d.Set("initramfs-args", gvariant.NewStrings([]string{"-I", "/etc/a b"}))
		d.Set("pinned", gvariant.NewBool(true))
		d.Set("unlocked", str("hotfix"))
		d.Set("endoflife", str("use another"))
	})
	require.Equal(t, `● nest:nestos/stable
  └─ nestos 22.03
                  Version: 22.03 (2024-03-01T08:00:00Z)
               BaseCommit: 77aa
      RemovedBasePackages: telnet rsh 1:0.17-86, ftp 2-1
           LocalOverrides: a b 1-1 -> 2-1, old-1-1.noarch -> new-1-1.noarch
          RemoteOverrides: repo=testing
                           ├─ k 1-1 -> 2-1
                           └─ l 1-1 -> 3-1
          LayeredPackages: 'foo >= 2' tmux Zsh
                Initramfs: -I '/etc/a b'
                   Pinned: yes
                 Unlocked: hotfix
                EndOfLife: use another
`, deploymentText(t, layered, nil))
	verbose := deploymentText(t, layered, &rpmostree.TextOptions{Verbose: true, ASCII: true, Color: true})
	for _, want := range []string{
		"* nest:nestos/stable\n", "                   Commit: 5d1c\n", "                   Staged: no\n                StateRoot: os\n",
		"     InactiveBaseRemovals: gone\n", "  InactiveRemoteOverrides: repo=testing\n                           `- m\n", "         InactiveRequests: inactive\n",
		"\x1b[31m\x1b[1m                 Unlocked: hotfix\n\x1b[22m\x1b[0m",
	} {
		require.Contains(t, verbose, want)
	}
}

func TestDeploymentTextWraps(t *testing.T) {
	var names []string
	for i := range 30 {
		names = append(names, fmt.Sprintf("package%02d", i))
	}
	i := deployment(func(d *object.Dict) { d.Set("packages", gvariant.NewStrings(names)) })
	for _, width := range []int{20, 80, 120} {
		out := deploymentText(t, i, &rpmostree.TextOptions{Width: width})
		_, list, _ := strings.Cut(out, "LayeredPackages: ")
		lines := strings.Split(strings.TrimRight(list, "\n"), "\n")
		switch width {
		case 20: // no room for anything: not wrapped at all
			require.Len(t, lines, 1)
		case 80: // at least 64 columns for the list
			require.Len(t, lines, 5)
			require.Equal(t, strings.Repeat(" ", 27)+"package06 package07 package08 package09 package10 package11", lines[1])
		case 120:
			require.Len(t, lines, 4)
		}
		require.Equal(t, names, strings.Fields(list))
	}
}

func TestContainerText(t *testing.T) {
	i := deployment(func(d *object.Dict) {
		d.Delete("origin")
		d.Set("container-image-reference", str("ostree-unverified-registry:quay.io/os:1"))
		d.Set("container-image-reference-digest", str("sha256:abc"))
	})
	require.Equal(t, "  ostree-unverified-registry:quay.io/os:1\n                   Digest: sha256:abc\n                  Version: 22.03 (2024-03-01T10:46:40Z)\n", deploymentText(t, i, nil))
	require.Contains(t, deploymentText(t, i, &rpmostree.TextOptions{Verbose: true}), "                   Commit: 5d1c\n")
}

func signature(valid, missing bool) gvariant.Value {
	b := gvariant.NewBool
	const fp = "0123456789ABCDEF0123456789ABCDEF01234567"
	return gvariant.NewVariant(gvariant.NewTuple(b(valid), b(false), b(false), b(false), b(missing), str(fp), gvariant.NewInt64(1709280000), gvariant.NewInt64(0),
		str("RSA"), str("SHA256"), str("Nest"), str("nest@example.com"), str(fp)))
}

func TestSignatureText(t *testing.T) {
	signed := func(list ...gvariant.Value) *rpmostree.DeploymentInfo {
		return deployment(func(d *object.Dict) {
			d.Set("gpg-enabled", gvariant.NewBool(true))
			if list != nil {
				d.Set("signatures", gvariant.NewArray("v", list...))
			}
		})
	}
	require.Contains(t, deploymentText(t, signed(), nil), "             GPGSignature: (unsigned)\n")
	out := deploymentText(t, signed(signature(true, false), signature(false, true), signature(false, false)), nil)
	require.Contains(t, out, `             GPGSignature: Valid signature by 0123456789ABCDEF0123456789ABCDEF01234567
                           Can't check signature: public key 0123456789ABCDEF0123456789ABCDEF01234567 not found
                           Invalid signature by 0123456789ABCDEF0123456789ABCDEF01234567
`)
	out = deploymentText(t, signed(signature(true, false)), &rpmostree.TextOptions{Verbose: true})
	require.Contains(t, out, `             GPGSignature: 1 signature
                           Signature made Fri Mar  1 08:00:00 2024 using RSA key ID 89ABCDEF01234567
                           Good signature from "Nest <nest@example.com>"
`)
}

// advisory is the form (suuasa{sv}) of one.
func advisory(id string, kind, severity uint32, packages ...string) gvariant.Value {
	var more object.Dict
	if kind == 1 {
		more.Set("cve_references", gvariant.NewArray("(ss)", gvariant.NewTuple(str("https://cve/"+id), str("CVE of "+id))))
	}
	return gvariant.NewTuple(str(id), gvariant.NewUint32(kind), gvariant.NewUint32(severity), gvariant.NewStrings(packages), more.Value())
}

func TestUpdateText(t *testing.T) {
	var d, diff, layers object.Dict
	d.Set("checksum", str("abcd"))
	d.Set("version", str("2"))
	d.Set("timestamp", gvariant.NewUint64(1709280000))
	d.Set("ref-has-new-commit", gvariant.NewBool(true))
	arch := func(evr string) gvariant.Value { return gvariant.NewTuple(str(evr), str("x86_64")) }
	diff.Set("upgraded", gvariant.NewArray("(us(ss)(ss))", gvariant.NewTuple(gvariant.NewUint32(2), str("foo"), arch("1-1"), arch("1:2-1"))))
	diff.Set("added", gvariant.NewArray("(usss)", gvariant.NewTuple(gvariant.NewUint32(0), str("bar"), str("1-1"), str("noarch"))))
	d.Set("rpm-diff", diff.Value())
	d.Set("advisories", gvariant.NewArray("(suuasa{sv})", advisory("SA-2", 1, 4, "foo-2"), advisory("SA-1", 1, 1, "foo-1", "foo-2"), advisory("BUG", 2, 4, "foo-3"), advisory("SA-3", 1, 9, "x")))
	for i, key := range []string{"total", "total-size", "n-removed", "removed-size", "n-added", "added-size"} {
		layers.Set(key, gvariant.NewUint64(uint64(i+1)*1000))
	}
	d.Set("manifest-diff", layers.Value())
	var b bytes.Buffer
	require.NoError(t, rpmostree.WriteUpdateText(&b, &d, nil))
	require.Equal(t, `AvailableUpdate:
        Version: 2 (2024-03-01T08:00:00Z)
         Commit: abcd
    Total layers: 1000
            Size: 2.0 kB
  Removed layers: 3000
            Size: 4.0 kB
    Added layers: 5000
            Size: 6.0 kB
  SecAdvisories: 1 unknown severity, 1 low, 1 critical
           Diff: 1 upgraded, 1 added
`, b.String())
	b.Reset()
	d.Delete("manifest-diff")
	require.NoError(t, rpmostree.WriteUpdateText(&b, &d, &rpmostree.TextOptions{Verbose: true}))
	require.Equal(t, `AvailableUpdate:
        Version: 2 (2024-03-01T08:00:00Z)
         Commit: abcd
  SecAdvisories: SA-3  Unknown    x
                   CVE of SA-3
                   https://cve/SA-3
                 SA-1  Low        foo-1
                 SA-1  Low        foo-2
                   CVE of SA-1
                   https://cve/SA-1
                 SA-2  Critical   foo-2
                   CVE of SA-2
                   https://cve/SA-2
       Upgraded: foo 1-1 -> 1:2-1
          Added: bar-1-1.noarch
`, b.String())
}

func TestQuoteCommandLine(t *testing.T) {
	require.Equal(t, `install 'foo >= 2' 'it'\''s' --os=x ''`, rpmostree.QuoteCommandLine([]string{"install", "foo >= 2", "it's", "--os=x", ""}))
}
