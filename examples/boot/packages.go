package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/nestos-dev/nestos/internal/debrpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

const module = "github.com/nestos-dev/nestos/"

// builtPrograms are the programs of this repository: those of the host, of the machine and of its initramfs.
var builtPrograms = []string{
	"examples/afterburn", "examples/ignition", "examples/ostree", "examples/ostree-prepare-root", "examples/ostree-remount",
	"examples/ostree-system-generator", "examples/rpm-ostree", "examples/zincati", "internal/boottest/gate",
	"internal/boottest/agent", "internal/boottest/firstbootinit",
}

func (l *life) buildPrograms() (string, error) {
	dir := l.path("programs") + "/"
	args := []string{"build", "-trimpath", "-ldflags=-s -w", "-o", dir}
	l.programs = map[string]string{}
	for _, p := range builtPrograms {
		args = append(args, module+p)
		l.programs[filepath.Base(p)] = dir + filepath.Base(p)
	}
	_, err := l.command("go", args...)
	return fmt.Sprintf("%d programs", len(builtPrograms)), err
}

//go:embed os/os.yaml
var treefileText string

// treefileName is the treefile in the directory config.
const treefileName = "os.yaml"

// layeredDebs are Debian packages that are not in the tree but in the repository for layering. jq needs the others.
var layeredDebs = []string{"jq", "libjq1", "libonig5"}

// download gets the Debian packages of the treefile, and what they depend on.
func (l *life) download() (string, error) {
	files := fstest.MapFS{treefileName: {Data: []byte(treefileText)}, "base.repo": {}, "initramfs.img": {}}
	tf, err := treefile.LoadCompose(files, treefileName, &treefile.Options{Arch: "x86_64"})
	if err != nil {
		return "", err
	}
	names := slices.Clone(layeredDebs)
	for _, name := range tf.Packages {
		if name != "filesystem" && !strings.HasPrefix(name, "machine-") {
			names = append(names, name)
		}
	}
	if l.debs == "" {
		l.debs = l.path("debs")
	}
	if l.debFiles, err = debrpm.Download(l.ctx, l.debs, names); err != nil {
		return "", fmt.Errorf("%w\n(are the package lists current? apt-get update)", err)
	}
	return fmt.Sprintf("%d packages", len(l.debFiles)), nil
}

// makePackages makes the directories base, for the tree, and layers, for layering.
func (l *life) makePackages() (string, error) {
	base, layers := l.path("base"), l.path("layers")
	if err := errors.Join(os.Mkdir(base, 0o755), os.Mkdir(layers, 0o755)); err != nil {
		return "", err
	}
	rpms, err := debrpm.Convert(l.ctx, base, l.debFiles, nil)
	if err != nil {
		return "", err
	}
	for _, name := range layeredDebs {
		file, err := single(filepath.Join(base, name+"-[0-9]*.rpm"))
		if err == nil {
			err = os.Rename(file, filepath.Join(layers, filepath.Base(file)))
		}
		if err != nil {
			return "", err
		}
	}
	programs, err := l.programsSpec()
	if err != nil {
		return "", err
	}
	for _, s := range []*rpmtest.Spec{debrpm.Filesystem(), programs, l.configSpec(versionOne)} {
		if err := writePackage(base, s); err != nil {
			return "", err
		}
	}
	for _, s := range greeterSpecs() {
		if err := writePackage(layers, s); err != nil {
			return "", err
		}
	}
	for _, dir := range []string{base, layers} {
		if _, err := rpmmd.CreateRepo(l.ctx, dir, nil); err != nil {
			return "", err
		}
	}
	kernel, err := single(filepath.Join(base, "linux-image-[0-9]*-cloud-amd64-*.rpm"))
	if err != nil {
		return "", err
	}
	l.kernel = regexp.MustCompile(`[0-9].*-cloud-amd64`).FindString(filepath.Base(kernel))
	return fmt.Sprintf("%d converted, kernel %s", len(rpms), l.kernel), nil
}

func single(pattern string) (string, error) {
	found, err := filepath.Glob(pattern)
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("%d files match %s", len(found), pattern)
	}
	if err != nil {
		return "", err
	}
	return found[0], nil
}

func writePackage(dir string, s *rpmtest.Spec) error {
	data, err := rpmtest.Build(s)
	if err != nil {
		return fmt.Errorf("package %s: %w", s.Name, err)
	}
	return os.WriteFile(filepath.Join(dir, s.FileName()), data, 0o644)
}
