//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

// adminStatus is one execution of the command.
type adminStatus struct {
	*adminRun
	root              *sysroot.Sysroot
	repo              *ostree.Repo
	pending, rollback *sysroot.Deployment // of a running system only

	verify, json, skipSignatures, isDefault bool
}

func runAdminStatus(ctx context.Context, env *cli.Env, args []string) error {
	c := &adminStatus{}
	c.adminRun = newAdmin(ctx, env, "", "List deployments",
		cli.Option{Long: "verify", Short: 'V', Help: "Print the commit verification status", Value: cli.Bool(&c.verify)},
		cli.Option{Long: "json", Short: 'J', Help: "Emit JSON", Value: cli.Bool(&c.json)},
		cli.Option{Long: "skip-signatures", Short: 'S', Help: "Skip signatures in output", Value: cli.Bool(&c.skipSignatures)},
		cli.Option{Long: "is-default", Short: 'D', Help: "Output \"default\" if booted into the default deployment, otherwise \"not-default\"", Value: cli.Bool(&c.isDefault)})
	s, _, err := c.parseSysroot(args, adminUnlocked)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	c.root, c.repo = s, s.Repo()
	if s.Booted() != nil {
		c.pending, c.rollback = s.Pending("")
	}
	switch {
	case c.json:
		return c.printStatusJSON()
	case c.isDefault:
		return c.printIsDefault()
	}
	return c.printStatus()
}

func (c *adminStatus) printIsDefault() error {
	list := c.root.Deployments()
	switch {
	case len(list) == 0:
		return errors.New("Not in a booted OSTree system")
	case list[0] == c.root.Booted():
		c.printf("default\n")
	default:
		c.printf("not-default\n")
	}
	return nil
}

func (c *adminStatus) printStatus() error {
	if len(c.root.Deployments()) == 0 {
		c.printf("No deployments.\n")
	}
	for _, d := range c.root.Deployments() {
		if err := c.printDeployment(d); err != nil {
			return err
		}
	}
	if text, failed := c.root.FinalizeFailure(); failed {
		c.printf("Warning: finalization failed on previous shutdown: %s\n", printable(strings.TrimRight(text, "\n")))
	}
	return nil
}

func (c *adminStatus) printDeployment(d *sysroot.Deployment) error {
	marker := ' '
	if d == c.root.Booted() {
		marker = '*'
	}
	c.printf("%c %s %s%s\n", marker, printable(d.Stateroot), d.Name(), c.suffix(d))
	// What the repository does not tell is left out; that a commit went missing should not hide the deployments.
	commit, _ := c.repo.LoadCommit(d.Commit)
	if version := metadataString(commit, "version"); version != "" {
		c.printf("    Version: %s\n", printable(version))
	}
	if d.Unlocked != sysroot.UnlockedNone {
		c.printf("    %s\n", c.red("Unlocked: "+d.Unlocked.String()))
	}
	if d.Pinned() {
		c.printf("    Pinned: yes\n")
	}
	c.printOrigin(d, metadataString(commit, "ostree.source-title"))
	if c.verify {
		return c.printVerification(d, commit)
	}
	if c.skipSignatures {
		return nil
	}
	return c.printSignatures(d)
}

func (c *adminStatus) suffix(d *sysroot.Deployment) (text string) {
	switch {
	case d.FinalizationLocked:
		text = " (finalization locked)"
	case d.Staged:
		text = " (staged)"
	case d == c.pending:
		text = " (pending)"
	case d == c.rollback:
		text = " (rollback)"
	}
	if d.SoftRebootTarget {
		text += " (soft-reboot)"
	}
	return text
}

// red shows text in bold red on a terminal.
func (c *adminStatus) red(text string) string {
	if !cli.IsTerminal(c.env.Stdout) {
		return text
	}
	return "\x1b[31m\x1b[1m" + text + "\x1b[0m\x1b[22m"
}

func (c *adminStatus) printOrigin(d *sysroot.Deployment, sourceTitle string) {
	switch {
	case d.Origin == nil:
		c.printf("    origin: none\n")
		return
	case d.Origin.Refspec() == "":
		c.printf("    origin: <unknown origin type>\n")
	default:
		c.printf("    origin refspec: %s\n", printable(d.Origin.Refspec()))
	}
	if sourceTitle != "" {
		c.printf("    `- %s\n", printable(sourceTitle))
	}
}

// metadataString returns a text of a commit's metadata, "" if there is none or no commit.
func metadataString(commit *object.Commit, key string) string {
	if commit == nil {
		return ""
	}
	v, ok := commit.Metadata.LookupType(key, "s")
	if !ok {
		return ""
	}
	return v.Str()
}

// originRemote returns the refspec that a deployment follows, and its remote.
func originRemote(d *sysroot.Deployment) (refspec, remote string, err error) {
	if d.Origin == nil || d.Origin.Refspec() == "" {
		return "", "", nil
	}
	refspec = d.Origin.Refspec()
	remote, _, err = ostree.ParseRefspec(refspec)
	return refspec, remote, err
}

// printSignatures shows the OpenPGP signatures of a commit whose remote wants them. An origin that is no refspec has no
// remote; it was shown as it is.
func (c *adminStatus) printSignatures(d *sysroot.Deployment) error {
	_, remote, err := originRemote(d)
	if err != nil || remote == "" || !c.wantsGPG(remote) {
		return nil
	}
	result, err := orUnsigned(c.repo.VerifyCommitGPG(d.Commit, remote))
	switch {
	case err != nil:
		return fmt.Errorf("Deployment %d: %w", d.Index, err)
	case result == nil:
		return nil
	}
	for i := range result.Signatures {
		c.printf("%s", printableLines(result.Signatures[i].Describe("    GPG: ", nil)))
	}
	return nil
}

func (c *adminStatus) wantsGPG(remote string) bool {
	m, err := c.repo.Remote(remote)
	if err != nil {
		return false // the remote was deleted
	}
	wanted, err := m.Bool("gpg-verify", true)
	return wanted && err == nil
}

// printVerification checks the signatures of all kinds that the remote wants.
func (c *adminStatus) printVerification(d *sysroot.Deployment, commit *object.Commit) error {
	if commit == nil {
		return errors.New("Cannot verify, failed to load commit")
	}
	refspec, remote, err := originRemote(d)
	switch {
	case err != nil:
		return fmt.Errorf("Deployment %d: %s", d.Index, printable(err.Error()))
	case refspec == "":
		return errors.New("No origin/refspec, cannot verify")
	case remote == "":
		return errors.New("Cannot verify deployment without remote")
	}
	data, err := c.repo.LoadMeta(object.Name{Checksum: d.Commit, Type: object.TypeCommit})
	if err != nil {
		return err
	}
	detached, err := c.repo.LoadCommitMeta(d.Commit)
	if err != nil {
		return err
	}
	var detachedData []byte
	if detached.IsValid() {
		detachedData = detached.Bytes()
	}
	text, err := c.repo.VerifyRemoteCommit(remote, data, detachedData)
	if err != nil {
		return err
	}
	c.printf("%s\n", printableLines(text))
	return nil
}
