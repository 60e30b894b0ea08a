package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/internal/boottest"
)

// patience is for an emulator on a machine that has much else to do.
const patience = 25 * time.Minute

// boot does what a boot loader would do with the disk, and waits until everything has started. The version is that of the
// release that must have been chosen.
func (l *life) boot(version string) (string, error) {
	l.boots++
	l.before = l.site.count()
	l.console = l.path(fmt.Sprintf("consoles/%d.log", l.boots))
	dir := l.path(fmt.Sprintf("loader%d", l.boots))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	entry, err := l.disk.BootEntry(l.ctx, dir)
	if err != nil {
		return "", err
	}
	options := entry.Options
	_, first, err := l.disk.BootFile(l.ctx, stamp)
	if err != nil {
		return "", err
	}
	if first {
		options += " ignition.firstboot"
	}
	if first != (l.boots == 1) {
		l.problem("boot %d: the stamp of a first boot is there: %v", l.boots, first)
	}
	l.log("%q from %s: %s", entry.Title, entry.File, options)
	l.vm, err = boottest.Start(l.ctx, &boottest.VMOptions{
		Disk: l.disk, Kernel: entry.Kernel, Initrd: entry.Initrd, Options: options, Console: l.console, Dir: dir,
		Drives: []boottest.Drive{{Path: l.drive, Serial: "cidata"}}, Network: true, Accel: l.accel, Memory: 2048, Boot: patience,
	})
	if err != nil {
		return "", err
	}
	l.healthy()
	l.wantPart("title of the boot entry", entry.Title, " "+version+" (ostree:0)")
	return entry.Title, nil
}

// callMu is held while the agent in the guest works.
var callMu sync.Mutex

// call lets the agent in the guest do something. That it cannot is a problem.
func (l *life) call(req boottest.Request) *boottest.Reply {
	callMu.Lock()
	defer callMu.Unlock()
	if l.vm == nil {
		l.problem("%+v: there is no guest", req)
		return &boottest.Reply{Error: "no guest"}
	}
	reply, err := l.vm.Call(req)
	if err != nil {
		l.problem("the agent does not answer to %+v: %v", req, err)
		return &boottest.Reply{Error: err.Error()}
	}
	return reply
}

// guest runs a program in the guest, and returns its output whatever its exit status.
func (l *life) guest(argv ...string) string {
	return strings.TrimSpace(l.call(boottest.Request{Run: argv, Env: []string{"LC_ALL=C.UTF-8"}}).Output)
}

// read returns a file of the guest, "" if there is none.
func (l *life) read(name string) string { return l.call(boottest.Request{Read: name}).Output }

func (l *life) wantFile(name, want string) {
	reply := l.call(boottest.Request{Read: name})
	if reply.Error != "" || reply.Output != want {
		l.problem("%s is %.2000q %s, not %q", name, reply.Output, reply.Error, want)
	}
}

// wantOwner checks mode and owner of a file, such as "-rw-r--r-- 0 0".
func (l *life) wantOwner(name, want string) {
	l.want("mode and owner of "+name, l.call(boottest.Request{Stat: name}).Output, want)
}

func (l *life) wantAbsent(name string) {
	if reply := l.call(boottest.Request{Stat: name}); !strings.Contains(reply.Error, "no such file") {
		l.problem("%s is there: %s %s", name, reply.Output, reply.Error)
	}
}

// slow runs a program in the guest that may take longer than the agent is waited for, as a unit.
func (l *life) slow(unit string, argv ...string) error {
	l.guest(append([]string{"systemd-run", "--quiet", "--unit=" + unit, "--property=RemainAfterExit=yes", "--"}, argv...)...)
	err := l.eventually(unit+" ends", func() bool {
		state := l.guest("systemctl", "show", "-P", "SubState", unit)
		return state == "exited" || state == "failed" || len(l.found()) > 0
	})
	if err == nil {
		l.want(strings.Join(argv, " "), l.guest("systemctl", "show", "-P", "Result", unit), "success")
		l.log("%s", l.guest("journalctl", "-o", "cat", "-u", unit))
	}
	return err
}

func (l *life) eventually(what string, condition func() bool) error {
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(500 * time.Millisecond) {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("it never happens that %s\n%s", what, l.agentLog())
		}
	}
	return nil
}

// agentLog is the journal of zincati.
func (l *life) agentLog() string { return l.guest("journalctl", "-o", "cat", "-u", "zincati.service") }

// healthy checks what must hold after each boot.
func (l *life) healthy() {
	l.want("failed units", l.guest("systemctl", "--failed", "--plain", "--no-legend"), "")
	if l.call(boottest.Request{CanMake: "/usr/bin"}).Error == "" {
		l.problem("/usr can be written to")
	}
	for _, dir := range []string{"/etc", "/var", "/tmp"} {
		if reply := l.call(boottest.Request{CanMake: dir}); reply.Error != "" {
			l.problem("%s cannot be written to: %s", dir, reply.Error)
		}
	}
	if mounts := l.read("/proc/mounts"); strings.Contains("\n"+mounts, "\ncomposefs / overlay ro,") != l.composefs {
		l.problem("composefs is %v, but the mounts are\n%s", l.composefs, mounts)
	}
	l.want("hostname", strings.TrimSpace(l.read("/proc/sys/kernel/hostname")), hostname)
	l.wantPart("addresses", l.guest("ip", "-4", "-oneline", "address"), " "+address+"/24 ")
	l.wantPart("routes", l.guest("ip", "route"), "default via "+gateway+" ")
	l.judgeConsole()
}

// reboot shuts the guest down in good order.
func (l *life) reboot() (string, error) {
	l.healthy()
	if _, err := l.vm.Call(boottest.Request{Run: []string{"systemctl", "--no-block", "reboot"}, Last: true}); err != nil {
		return "", err
	}
	return l.ended()
}

// ended waits until the guest has ended by itself.
func (l *life) ended() (string, error) {
	vm := l.vm
	err := vm.Wait(patience)
	callMu.Lock()
	l.vm = nil
	callMu.Unlock()
	if err == nil {
		l.judgeConsole()
		err = l.wantConsole("Reached target reboot.target", "reboot: Restarting system")
	}
	return fmt.Sprintf("%.0f s of processors since the boot", vm.CPU().Seconds()), err
}

// consoleText is what the console of the present boot has shown so far.
func (l *life) consoleText() string {
	data, err := os.ReadFile(l.console)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err.Error()
	}
	return colours.ReplaceAllString(strings.ReplaceAll(string(data), "\r", ""), "")
}

// colours are what systemd decorates its lines with.
var colours = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]|\x1bM`)

// wantConsole looks for texts in this order.
func (l *life) wantConsole(texts ...string) error {
	rest := l.consoleText()
	for _, text := range texts {
		_, after, ok := strings.Cut(rest, text)
		if !ok {
			return fmt.Errorf("the console lacks %q, or it is not where it should be", text)
		}
		rest = after
	}
	return nil
}

// bad must never be on a console. What is there nevertheless, and no fault of a program, is in known.
var (
	bad = []string{
		"Kernel panic", "Oops", "BUG:", "segfault", "Out of memory", "EXT4-fs error", "panic: ", "CRITICAL",
		"Failed to start ", "Dependency failed", "[ERROR zincati",
	}
	known = []string{
		"failed to update dead-end MOTD: failed to run 'pkexec' binary", // there is no polkit, see [gateDropIn]
	}
)

// judgeConsole looks for what must never be there.
func (l *life) judgeConsole() {
	for line := range strings.Lines(l.consoleText()) {
		in := func(part string) bool { return strings.Contains(line, part) }
		if slices.ContainsFunc(bad, in) && !slices.ContainsFunc(known, in) {
			l.problem("console: %s", strings.TrimSpace(line))
		}
	}
}

// status is what is looked at of "rpm-ostree status --json".
type status struct {
	Deployments []struct {
		Booted, Staged bool
		Locked         bool `json:"finalization-locked"`
		Checksum       string
		Base           string `json:"base-checksum"`
		Version        string
		Packages       []string
	}
}

// deployments describes the deployments, in the order of the boot menu.
func (l *life) deployments() string {
	text := l.guest("rpm-ostree", "status", "--json")
	var s status
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		l.problem("rpm-ostree status --json: %v: %.1000s", err, text)
		return ""
	}
	var list []string
	for _, d := range s.Deployments {
		words := []string{d.Version}
		base := d.Base
		if base == "" {
			base = d.Checksum
		}
		for _, r := range l.releases {
			if r.checksum == base {
				words = append(words, "release "+r.version)
			}
		}
		for _, f := range []struct {
			on   bool
			name string
		}{{d.Booted, "booted"}, {d.Staged, "staged"}, {d.Locked, "locked"}} {
			if f.on {
				words = append(words, f.name)
			}
		}
		if len(d.Packages) > 0 {
			words = append(words, "with "+strings.Join(d.Packages, ","))
		}
		list = append(list, strings.Join(words, " "))
	}
	return strings.Join(list, "; ")
}

func (l *life) wantDeployments(want string) { l.want("deployments", l.deployments(), want) }

// fsck lets ostree check a repository.
func (l *life) fsck(repo string) {
	if _, err := l.command(l.programs["ostree"], "fsck", "--quiet", "--repo="+filepath.Clean(repo)); err != nil {
		l.problem("%v", err)
	}
}
