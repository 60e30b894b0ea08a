package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/internal/boottest"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

const (
	// The releases, which differ in one package.
	versionOne = "12.1"
	versionTwo = "12.2"

	stateroot = "demo"
	ref       = "demo/x86_64/stable"
	diskSize  = 6 << 30
	// platform is where the machine runs, to Afterburn, Ignition and zincati.
	platform = "proxmoxve"
	// stamp announces a first boot to the boot loader.
	stamp = "ignition.firstboot"
)

// initramfsModules are for the disks, the file systems of the root and of the config drive, and the network.
var initramfsModules = []string{"virtio_pci", "virtio_blk", "virtio_net", "af_packet", "ext4", "isofs", "overlay", "erofs", "loop"}

// prepareRootConf is how ostree-prepare-root sets up the root, in the initramfs and for the programs of the real root.
func (o *options) prepareRootConf() string {
	text := "[sysroot]\nreadonly=true\n"
	if o.composefs {
		text += "[composefs]\nenabled=yes\n"
	}
	return text
}

// makeInitramfs packs the programs and the modules of the kernel's package.
func (l *life) makeInitramfs() (string, error) {
	dir := l.path("kernel")
	if err := errors.Join(os.Mkdir(dir, 0o755), os.Mkdir(l.path("config"), 0o755)); err != nil {
		return "", err
	}
	file, err := single(l.path("base/linux-image-" + l.kernel + "-*.rpm"))
	if err != nil {
		return "", err
	}
	p, err := rpm.Open(file)
	if err != nil {
		return "", err
	}
	defer p.Close()
	if err := p.Extract(l.ctx, dir, nil); err != nil {
		return "", err
	}
	if err := os.Symlink("usr/lib", filepath.Join(dir, "lib")); err != nil {
		return "", err
	}
	if _, err := l.command("depmod", "-b", dir, l.kernel); err != nil {
		return "", err
	}
	recipe := &boottest.Initramfs{
		Init: l.programs["firstbootinit"], PrepareRoot: l.programs["ostree-prepare-root"], Config: l.prepareRootConf(),
		ModulesDir: filepath.Join(dir, "usr/lib/modules", l.kernel), Modules: initramfsModules, Label: "machine",
		Programs: map[string]string{"usr/bin/ignition": l.programs["ignition"], "usr/bin/afterburn": l.programs["afterburn"]},
		Links:    map[string]string{"usr/lib/systemd/system-generators/ignition-generator": "/usr/bin/ignition"},
	}
	for _, name := range strings.Fields("mount useradd usermod userdel groupadd groupmod groupdel systemctl") {
		recipe.Links["usr/bin/"+name] = "/init"
	}
	cpio, err := recipe.Pack()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%.0f MB", float64(len(cpio))/1e6), errors.Join(os.WriteFile(l.path("config/initramfs.img"), cpio, 0o644), os.RemoveAll(dir))
}

// compose makes a release in the repository that is served. The second one has a newer package.
func (l *life) compose(version string) (string, error) {
	files := map[string]string{
		treefileName: strings.ReplaceAll(treefileText, "@KERNEL@", l.kernel),
		"base.repo":  "[base]\nname=Debian packages\nbaseurl=file://" + l.path("base") + "\ngpgcheck=0\n",
	}
	for name, text := range files {
		if err := os.WriteFile(l.path("config/"+name), []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	if len(l.releases) > 0 {
		if err := writePackage(l.path("base"), l.configSpec(version)); err != nil {
			return "", err
		}
		if _, err := rpmmd.CreateRepo(l.ctx, l.path("base"), nil); err != nil {
			return "", err
		}
	} else if _, err := l.command(l.programs["ostree"], "init", "--mode=archive", "--repo="+l.path("repo")); err != nil {
		return "", err
	} else if _, err := l.command(l.programs["ostree"], "config", "--repo="+l.path("repo"), "set", "archive.zlib-level", "1"); err != nil {
		return "", err
	}
	description := l.path("compose.json")
	if _, err := l.command(l.programs["rpm-ostree"], "compose", "tree", "--repo="+l.path("repo"), "--cachedir="+l.path("cache"),
		"--add-metadata-string=version="+version, "--write-composejson-to="+description, l.path("config/"+treefileName)); err != nil {
		return "", err
	}
	var composed struct {
		Commit string `json:"ostree-commit"`
	}
	text, err := os.ReadFile(description)
	if err == nil {
		err = json.Unmarshal(text, &composed)
	}
	if err != nil {
		return "", err
	}
	list, err := l.command(l.programs["rpm-ostree"], "db", "list", "--repo="+l.path("repo"), composed.Commit)
	if err != nil {
		return "", err
	}
	r := release{version: version, checksum: composed.Commit, packages: strings.Count(list, "\n ")}
	l.wantPart("list of packages", list, " machine-config-"+version+"-1.noarch")
	if r.packages < 100 {
		l.problem("the tree has only %d packages", r.packages)
	}
	if n := len(l.releases); n > 0 {
		diff, err := l.command(l.programs["rpm-ostree"], "db", "diff", "--repo="+l.path("repo"), l.releases[n-1].checksum, r.checksum)
		if err != nil {
			return "", err
		}
		l.wantPart("difference of the releases", diff, "machine-config "+versionOne+"-1 -> "+versionTwo+"-1")
		l.want("packages in release "+version, strconv.Itoa(r.packages), strconv.Itoa(l.releases[n-1].packages))
	}
	l.releases = append(l.releases, r)
	return fmt.Sprintf("%d packages, commit %.12s", r.packages, r.checksum), l.site.publish(l.ctx, l.releases, false)
}

// makeDisk makes a disk image with the first release deployed, that has never booted.
func (l *life) makeDisk() (string, error) {
	disk, err := boottest.NewDisk(l.ctx, l.path("disk"), diskSize)
	if err != nil {
		return "", err
	}
	l.disk = disk
	return "stamp of a first boot", disk.Mounted(l.ctx, func(root string) error {
		repo := "--repo=" + root + "/ostree/repo"
		for _, args := range [][]string{
			{"admin", "init-fs", "--modern", root},
			{"admin", "--sysroot=" + root, "os-init", stateroot},
			{"config", repo, "set", "sysroot.bootloader", "none"},
			{"config", repo, "set", "sysroot.bootprefix", "true"},
			{"config", repo, "set", "sysroot.readonly", "true"},
			// Where updates come from.
			{"remote", "add", repo, "--no-sign-verify", "--set=gpg-verify=false", "origin", l.site.osURL},
			{"pull-local", repo, "--remote=origin", l.path("repo"), ref},
			{"admin", "--sysroot=" + root, "deploy", "--os=" + stateroot, "--karg=root=UUID=" + disk.UUID, "--karg=rw",
				"--karg=ignition.platform.id=" + platform,
				// An emulator that shares its processors may be slow.
				"--karg=systemd.default_timeout_start_sec=1800", "--karg=mitigations=off",
				"--karg=module_blacklist=kvm_amd,ata_piix,ata_generic,powernow_k8", "--karg=systemd.show_status=1", "--karg=systemd.firstboot=off",
				"origin:" + ref},
		} {
			if _, err := l.command(l.programs["ostree"], args...); err != nil {
				return err
			}
		}
		return os.WriteFile(filepath.Join(root, "boot", stamp), nil, 0o644)
	})
}
