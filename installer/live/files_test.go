package live_test

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/live"
	"github.com/nestos-dev/nestos/internal/testutil"
)

func openRoot(t *testing.T) (*os.Root, string) {
	t.Helper()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	t.Cleanup(func() { root.Close() })
	return root, dir
}

func TestFiles(t *testing.T) {
	files := make(map[string]live.File)
	var paths []string
	for _, f := range live.Files(flavour.NestOS(), nil) {
		files[f.Path] = f
		paths = append(paths, f.Path)
	}
	require.True(t, slices.IsSorted(paths))
	units := "usr/lib/systemd/system/nestos-installer"
	require.Equal(t, []string{
		"usr/lib/systemd/system-generators/nestos-installer-generator",
		units + "-disable-device-auto-activation.service",
		units + "-noreboot.service", units + "-post.target", units + "-pre.target", units + "-reboot.service",
		units + "-secure-ipl-reboot.service", units + ".service", units + ".target",
		"usr/libexec/nestos-installer-disable-device-auto-activation", "usr/libexec/nestos-installer-service",
		"usr/share/nestos-installer/example-config.yaml",
	}, paths)
	for name, f := range files {
		require.NotContains(t, string(f.Data), "{{", name)
		require.NotContains(t, string(f.Data), "CoreOS", name)
		require.True(t, strings.HasSuffix(string(f.Data), "\n"), name)
		want := os.FileMode(0o644)
		if strings.Contains(name, "generators/") || strings.Contains(name, "libexec/") {
			want = 0o755
		}
		require.Equal(t, want, f.Mode, name)
	}
	require.Equal(t, config.ExampleConfig(), files["usr/share/nestos-installer/example-config.yaml"].Data)

	// What other units and people rely on.
	for name, lines := range map[string][]string{
		".service": {
			"Before=nestos-installer.target", "ConditionDirectoryNotEmpty=|/etc/nestos/installer.d", "ConditionKernelCommandLine=|nestos.inst.install_dev",
			"OnFailure=emergency.target", "OnFailureJobMode=replace-irreversibly", "ExecStart=/usr/bin/nestos-installer service", "StandardError=kmsg+console",
		},
		".target":      {"Requires=nestos-installer-pre.target", "Requires=nestos-installer.service", "Requires=basic.target", "After=basic.target"},
		"-post.target": {"AllowIsolate=yes", "Requires=nestos-installer-reboot.service", "Requires=nestos-installer-noreboot.service", "Requires=nestos-installer-secure-ipl-reboot.service"},
		"-reboot.service": {
			"ConditionPathExists=/run/nestos-installer-reboot",
			"ConditionKernelCommandLine=!nestos.inst.secure_ipl\nConditionKernelCommandLine=!coreos.inst.secure_ipl\nOnFailure",
		},
		"-secure-ipl-reboot.service":              {"ConditionKernelCommandLine=|nestos.inst.secure_ipl\nConditionKernelCommandLine=|coreos.inst.secure_ipl\nOnFailure"},
		"-noreboot.service":                       {"ConditionPathExists=!/run/nestos-installer-reboot", "NestOS install complete. Starting login shell"},
		"-pre.target":                             {"Requires=nestos-installer-disable-device-auto-activation.service"},
		"-disable-device-auto-activation.service": {"DefaultDependencies=no", "Before=systemd-udevd.service dm-event.service", "ExecStart=/usr/bin/nestos-installer disable-device-auto-activation"},
	} {
		for _, line := range lines {
			require.Contains(t, string(files[units+name].Data), line, name)
		}
	}
}

// TestFlavoursDifferInNames: replacing the names in the files of one gives those of another.
func TestFlavoursDifferInNames(t *testing.T) {
	names := strings.NewReplacer("nestos-installer", "coreos-installer", "/etc/nestos", "/etc/coreos", "NestOS", "CoreOS", "nestos.inst.", "coreos.inst.")
	nestos, coreos := live.Files(flavour.NestOS(), nil), live.Files(flavour.CoreOS(), nil)
	require.Len(t, coreos, len(nestos))
	twice := regexp.MustCompile(`(?m)^(ConditionKernelCommandLine=.*\n)ConditionKernelCommandLine=.*secure_ipl\n`)
	for i := range nestos {
		require.Equal(t, names.Replace(nestos[i].Path), coreos[i].Path)
		want := string(nestos[i].Data)
		if !strings.HasSuffix(nestos[i].Path, ".yaml") {
			want = names.Replace(twice.ReplaceAllString(want, "$1"))
		}
		require.Equal(t, want, string(coreos[i].Data), coreos[i].Path)
	}
}

func TestWriteFiles(t *testing.T) {
	root, dir := openRoot(t)
	outside := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "usr/lib/systemd"), 0o755))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "usr/share")))
	for range 2 {
		require.NoError(t, live.WriteFiles(root, flavour.CoreOS(), &live.Options{Program: "/opt/installer"}))
	}
	for _, f := range live.Files(flavour.CoreOS(), &live.Options{Program: "/opt/installer"}) {
		if strings.HasPrefix(f.Path, "usr/share/") {
			f.Path = path.Join(outside, strings.TrimPrefix(f.Path, "usr/share/")) // as the tree would see it
		}
		data, err := os.ReadFile(filepath.Join(dir, f.Path))
		require.NoError(t, err)
		require.Equal(t, string(f.Data), string(data))
	}
	left, err := os.ReadDir(outside)
	require.NoError(t, err)
	require.Empty(t, left)
	data, err := os.ReadFile(filepath.Join(dir, "usr/lib/systemd/system/coreos-installer.service"))
	require.NoError(t, err)
	require.Contains(t, string(data), "ExecStart=/opt/installer service\n")
}

// The scripts hand their arguments on.
func TestStubs(t *testing.T) {
	shell := testutil.Tool(t, "sh")
	root, dir := openRoot(t)
	program := filepath.Join(dir, "installer")
	require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\nprintf '<%s>' \"$@\"\n"), 0o755))
	require.NoError(t, live.WriteFiles(root, flavour.NestOS(), &live.Options{Program: program}))
	out, err := exec.Command(shell, filepath.Join(dir, "usr/lib/systemd/system-generators/nestos-installer-generator"), "/run/a b", "early", "").CombinedOutput()
	require.NoError(t, err)
	require.Equal(t, "<generator></run/a b><early><>", string(out))
	out, err = exec.Command(shell, filepath.Join(dir, "usr/libexec/nestos-installer-service")).CombinedOutput()
	require.NoError(t, err)
	require.Equal(t, "<service>", string(out))
}

// othersUnits are those that ours name.
var othersUnits = []string{
	"basic.target", "dm-event.service", "emergency.target", "NetworkManager.service", "shutdown.target", "sshd.service", "sysinit.target",
	"systemd-resolved.service", "systemd-udevd.service", "systemd-user-sessions.service", "multi-user.target", "network.target", "umount.target",
}

// TestSystemdAcceptsTheUnits lets systemd load them in a root of their own.
func TestSystemdAcceptsTheUnits(t *testing.T) {
	analyze := testutil.Tool(t, "systemd-analyze")
	for _, f := range flavour.All() {
		t.Run(f.Name, func(t *testing.T) {
			root, dir := openRoot(t)
			require.NoError(t, live.WriteFiles(root, f, nil))
			units := filepath.Join(dir, "usr/lib/systemd/system")
			for _, program := range []string{"usr/bin/" + f.Program, "usr/bin/systemctl", "usr/bin/echo", "bin/sh", "usr/sbin/sulogin"} {
				require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, program)), 0o755))
				require.NoError(t, os.WriteFile(filepath.Join(dir, program), []byte("#!/bin/sh\n"), 0o755))
			}
			for _, unit := range othersUnits {
				text := "[Unit]\nDescription=" + unit + "\nDefaultDependencies=no\n"
				if path.Ext(unit) == ".service" {
					text += "[Service]\nExecStart=/bin/sh\n"
				}
				require.NoError(t, os.WriteFile(filepath.Join(units, unit), []byte(text), 0o644))
			}
			args := []string{"verify", "--man=no", "--recursive-errors=yes", "--root=" + dir}
			for _, file := range live.Files(f, nil) {
				if ext := path.Ext(file.Path); ext == ".service" || ext == ".target" {
					args = append(args, filepath.Join(dir, file.Path))
				}
			}
			cmd := exec.Command(analyze, args...)
			cmd.Env = append(os.Environ(), "SYSTEMD_LOG_LEVEL=info", "SYSTEMD_LOG_TARGET=console")
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.Empty(t, strings.TrimSpace(string(out)))
		})
	}
}
