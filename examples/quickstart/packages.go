//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/rpmostree/compose"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

// day is the time that is recorded on the given day of this story. With it, the same input gives the same commits,
// whoever runs this, and whenever.
func day(n int) time.Time { return time.Unix(1767225600, 0).UTC().AddDate(0, 0, n) } // from 2026-01-01

// packages makes a small operating system of packages, real ones in form, and a repository of them.
func (l *life) packages(ctx context.Context) error {
	l.title("Packages: a small operating system as RPMs, made without rpmbuild")
	specs := []*rpmtest.Spec{
		{Name: "filesystem", Files: filesystem()},
		{Name: "setup", Requires: []string{"filesystem"}, Files: []rpmtest.File{
			configFile("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
			configFile("/etc/group", "root:x:0:\n"),
			configFile("/etc/greeter.conf", "greeting = hello\n"),
		}},
		kernel("6.12.0"), release("1.0"), greeter("1.0"),
		{Name: "editor", Version: "9.1", Requires: []string{"filesystem", "word-list >= 3"}, Files: []rpmtest.File{program("/usr/bin/editor", "editor 9.1")}},
		{Name: "word-list", Version: "3.2", Files: []rpmtest.File{text("/usr/share/dict/words", "apple\nbanana\ncherry\n")}},
		{Name: "debugger", Version: "15.2", Files: []rpmtest.File{program("/usr/bin/debugger", "debugger 15.2")}},
	}
	if err := l.publishPackages(ctx, day(0), specs); err != nil {
		return err
	}
	var names []string
	for _, spec := range specs {
		name, err := verifyPackage(ctx, l.path("packages/"+spec.FileName()))
		if err != nil {
			return err
		}
		names = append(names, name)
	}
	say("%d packages in a repository, digests OK:\n    %s", len(names), strings.Join(names, "\n    "))
	return nil
}

// verifyPackage checks the digests of header and payload, and returns the name of the package.
func verifyPackage(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	report, err := rpm.Verify(ctx, f, nil)
	if err != nil {
		return "", err
	}
	if !report.OK() {
		return "", fmt.Errorf("%s: %s", path, report.Summary())
	}
	return report.NEVRA.String(), nil
}

// publishPackages writes packages and the metadata of their repository. A .repo file is all that dnf would need.
func (l *life) publishPackages(ctx context.Context, at time.Time, specs []*rpmtest.Spec) error {
	dir := l.path("packages")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, spec := range specs {
		file, err := rpmtest.Build(spec)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, spec.FileName()), file, 0o644); err != nil {
			return err
		}
	}
	_, err := rpmmd.CreateRepo(ctx, dir, &rpmmd.CreateOptions{Time: at})
	return err
}

// release says which release this is.
func release(version string) *rpmtest.Spec {
	return &rpmtest.Spec{Name: "demo-release", Version: version, Files: []rpmtest.File{
		text("/usr/lib/os-release", fmt.Sprintf("NAME=Demo\nID=demo\nVERSION_ID=%s\nPRETTY_NAME=\"Demo %[1]s\"\n", version)),
		{Path: "/etc/os-release", LinkTo: "../usr/lib/os-release"},
	}}
}

// greeter is a program with some data.
func greeter(version string) *rpmtest.Spec {
	return &rpmtest.Spec{Name: "greeter", Version: version, Requires: []string{"setup"}, Files: []rpmtest.File{
		program("/usr/bin/greeter", "greeter "+version),
		text("/usr/share/greeter/greetings", strings.Repeat("the same in every version\n", 10000)),
	}}
}

// kernel is a package with files in the place of a kernel and its initramfs.
func kernel(version string) *rpmtest.Spec {
	dir := "/usr/lib/modules/" + version
	return &rpmtest.Spec{Name: "kernel", Version: version, Arch: compose.Machine(), Files: []rpmtest.File{
		{Path: dir, Mode: 0o40755}, {Path: dir + "/vmlinuz", Mode: 0o755, Content: []byte("kernel " + version)},
		text(dir+"/initramfs.img", "initramfs of "+version),
	}}
}

// filesystem are the directories that everything else is in.
func filesystem() (list []rpmtest.File) {
	for _, name := range strings.Fields("/usr /usr/bin /usr/lib /usr/sbin /usr/share /etc") {
		list = append(list, rpmtest.File{Path: name, Mode: 0o40755})
	}
	for _, name := range strings.Fields("bin lib sbin") {
		list = append(list, rpmtest.File{Path: "/" + name, LinkTo: "usr/" + name})
	}
	return list
}

func text(path, content string) rpmtest.File {
	return rpmtest.File{Path: path, Content: []byte(content)}
}

func configFile(path, content string) rpmtest.File {
	return rpmtest.File{Path: path, Content: []byte(content), Flags: rpm.FileConfig}
}

func program(path, says string) rpmtest.File {
	return rpmtest.File{Path: path, Mode: 0o755, Content: []byte("#!/bin/sh\necho " + says + "\n")}
}
