//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/afterburn"
	"github.com/nestos-dev/nestos/afterburn/fakecloud"
	"github.com/nestos-dev/nestos/ignition/butane"
	"github.com/nestos-dev/nestos/ignition/provision"
)

// butaneText is what the owner of the machine wants it to be: where updates and packages come from, who may reboot
// when, who can log in. It is written by people; %[1]s is the site, %[2]d and %[3]d are who "core" is.
const butaneText = `variant: nestos
version: 1.0.0
storage:
  directories:
    - path: /var/home/core
      user: {id: %[2]d}
      group: {id: %[3]d}
  files:
    - path: /etc/passwd
      append:
        - inline: "core:x:%[2]d:%[3]d::/var/home/core:/bin/sh\n"
    - path: /etc/yum.repos.d/site.repo
      mode: 0644
      contents:
        inline: "[site]\nname=Site\nbaseurl=%[1]s/packages/\nmetadata_expire=0\n"
    - path: /etc/zincati/config.d/50-site.toml
      mode: 0644
      contents:
        inline: |
          identity.group = "workers"
          cincinnati.base_url = "%[1]s/updates/"
          updates.strategy = "fleet_lock"
          updates.fleet_lock.base_url = "%[1]s/locks/"
systemd:
  units:
    - name: greeter.service
      enabled: true
      contents: "[Service]\nExecStart=/usr/bin/greeter\n[Install]\nWantedBy=multi-user.target\n"
`

// firstBoot is what happens once: the machine becomes what its config says and learns who it is. Both come from the
// cloud that the kernel command line names; here it is a server of our own.
func (l *life) firstBoot(ctx context.Context) error {
	l.title("The first boot: a config from its owner, metadata from its cloud")
	ignition, err := l.translate(ctx)
	if err != nil {
		return err
	}
	id, err := afterburn.PlatformID(l.root)
	if err != nil {
		return err
	}
	cloud, ok := fakecloud.Example(id)
	if !ok {
		return fmt.Errorf("there is no cloud %s", id)
	}
	cloud.Set("/latest/meta-data/hostname", "worker-1.example.com")
	cloud.Set("/latest/user-data", string(ignition))
	server := fakecloud.Start(cloud)
	defer server.Close()

	unmount, err := l.mountVar()
	if err != nil {
		return err
	}
	if err := l.provision(ctx, id, server); err != nil {
		return err
	}
	if err := l.metadata(ctx, id, server); err != nil {
		return err
	}
	return unmount()
}

// translate makes an Ignition config of what people wrote, and tells what it will do.
func (l *life) translate(ctx context.Context) (ignition []byte, err error) {
	text := fmt.Sprintf(butaneText, l.site.url, os.Getuid(), os.Getgid())
	if err := writeFile(l.path("config/machine.bu"), text); err != nil {
		return nil, err
	}
	res, err := butane.Translate([]byte(text), nil)
	if err != nil {
		return nil, fmt.Errorf("%s%w", butane.FormatReport(res.Report, []byte(text), nil), err)
	}
	say("Butane %s %s became Ignition %s; planned for this machine:", res.Variant, res.Version, res.IgnitionVersion)
	plan, err := provision.MakePlan(ctx, res.Output, &provision.PlanOptions{Root: l.root, Offline: true})
	if err != nil {
		return nil, err
	}
	for _, stage := range plan.Stages {
		for _, step := range stage.Steps {
			say("    %s %s %s", step.Verb, step.Kind, step.Name)
		}
	}
	return res.Output, nil
}

// provision runs the stages of Ignition that matter here: one gets the config from the cloud, one writes files.
func (l *life) provision(ctx context.Context, id string, cloud *fakecloud.Server) error {
	settings := provision.DefaultSettings()
	settings.JournalSocket = l.path("run/journal") // there is none; that of this machine is not ours
	opt := &provision.Options{
		Platform: id, Root: l.root, Settings: &settings,
		// The initramfs has these in memory.
		ConfigCache: l.path("run/ignition.json"), StateFile: l.path("run/state"), NeedNet: l.path("run/neednet"),
		ConfigDirs: []string{filepath.Join(l.root, "usr/lib/ignition")},
	}
	opt.Resource.DialContext = cloud.Dial
	for _, stage := range []provision.Stage{provision.StageFetch, provision.StageFiles} {
		engine, err := provision.New(opt)
		if err != nil {
			return err
		}
		if err := engine.Run(ctx, stage); err != nil {
			return fmt.Errorf("stage %s: %w", stage, err)
		}
	}
	for name, want := range map[string]string{
		"etc/passwd":                        "core:x:",
		"etc/zincati/config.d/50-site.toml": l.site.url,
		"etc/.ignition-result.json":         "provisioningDate",
	} {
		if got, err := l.read(name); err != nil || !strings.Contains(got, want) {
			return fmt.Errorf("/%s: %q, %v", name, got, err)
		}
	}
	say("Ignition got the config from the cloud %s and applied it", id)
	return nil
}

// metadata asks the cloud who this machine is.
func (l *life) metadata(ctx context.Context, id string, cloud *fakecloud.Server) error {
	err := afterburn.Run(ctx, afterburn.Work{
		Provider:    id,
		Attributes:  filepath.Join(l.root, "run/metadata/afterburn"),
		Hostname:    filepath.Join(l.root, "etc/hostname"),
		SSHKeysUser: "core",
	}, &afterburn.Options{Root: l.root, Dial: cloud.Dial, Journal: "-"})
	if err != nil {
		return err
	}
	say("Afterburn asked the cloud for the rest:")
	for _, name := range []string{"etc/hostname", "var/home/core/.ssh/authorized_keys.d/afterburn", "run/metadata/afterburn"} {
		text, err := l.read(name)
		if err != nil {
			return err
		}
		say("/%s\n%s", name, cut(text, 72))
	}
	return nil
}

// mountVar gives the deployment the /var that all deployments share. The initramfs binds it there; as that needs
// privileges it is moved here, and moved back at the end.
func (l *life) mountVar() (unmount func() error, err error) {
	outside, inside := l.path("machine/ostree/deploy/"+stateroot+"/var"), filepath.Join(l.root, "var")
	if err := os.Remove(inside); err != nil {
		return nil, err
	}
	if err := os.Rename(outside, inside); err != nil {
		return nil, err
	}
	return func() error {
		if err := os.Rename(inside, outside); err != nil {
			return err
		}
		return os.Mkdir(inside, 0o755)
	}, nil
}

// field is the value of a variable in the lines of a file.
func field(text, name string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, name+"="); ok {
			return strings.Trim(value, "\"\n")
		}
	}
	return ""
}

// cut indents lines and shortens long ones.
func cut(text string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if len(line) > width {
			line = line[:width] + "…"
		}
		b.WriteString("    " + line + "\n")
	}
	return b.String()
}
