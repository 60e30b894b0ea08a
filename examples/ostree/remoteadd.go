package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/sign"
)

type remoteAddRun struct {
	*remoteChange
	o                                                ostree.RemoteAddOptions
	set, signVerify                                  []string
	noGPGVerify, noSignVerify                        bool
	gpgImport, customBackend, contentURL, collection string
}

func runRemoteAdd(ctx context.Context, env *cli.Env, args []string) error {
	c := &remoteAddRun{}
	c.remoteChange = newRemoteChange(ctx, env, "NAME [metalink=|mirrorlist=]URL [BRANCH...]", "Add a remote repository",
		cli.Option{Long: "set", Arg: "KEY=VALUE", Help: "Set config option KEY=VALUE for remote", Value: cli.Strings(&c.set)},
		cli.Option{Long: "no-gpg-verify", Help: "Disable GPG verification", Value: cli.Bool(&c.noGPGVerify)},
		cli.Option{Long: "no-sign-verify", Help: "Disable signature verification", Value: cli.Bool(&c.noSignVerify)},
		cli.Option{Long: "sign-verify", Arg: "KEYTYPE=[inline|file]:PUBKEY", Help: "Verify signatures using KEYTYPE=inline:PUBKEY or KEYTYPE=file:/path/to/key", Value: cli.Strings(&c.signVerify)},
		cli.Option{Long: "if-not-exists", Help: "Do nothing if the provided remote exists", Value: cli.Bool(&c.o.IfNotExists)},
		cli.Option{Long: "force", Help: "Replace the provided remote if it exists", Value: cli.Bool(&c.o.Force)},
		cli.Option{Long: "gpg-import", Arg: "FILE", Help: "Import GPG key from FILE", Value: cli.Filename(&c.gpgImport)},
		cli.Option{Long: "custom-backend", Arg: "NAME", Help: "This remote has content not fetched via libostree", Value: cli.String(&c.customBackend)},
		cli.Option{Long: "contenturl", Arg: "URL", Help: "Use URL when fetching content", Value: cli.String(&c.contentURL)},
		cli.Option{Long: "collection-id", Arg: "COLLECTION-ID", Help: "Globally unique ID for this repository as an collection of refs for redistribution to other repositories", Value: cli.String(&c.collection)})
	rest, done, err := c.parse(args)
	if done || err != nil {
		return err
	}
	switch {
	case len(rest) < 1, len(rest) < 2 && c.customBackend == "":
		return c.usage("NAME and URL must be specified")
	case c.o.IfNotExists && c.o.Force:
		return c.usage("Can only specify one of --if-not-exists and --force")
	}
	r, err := c.open()
	if err != nil {
		return err
	}
	defer r.Close()
	url := ""
	if len(rest) > 1 {
		url = rest[1]
	}
	if err := c.settings(rest); err != nil {
		return err
	}
	// A system's remotes go to /etc, unless its repository says otherwise.
	_, err = r.Config().Value("core", "add-remotes-config-dir")
	c.o.InConfigDir = c.sysroot != "" && err != nil
	c.o.Unchecked = true
	if err := r.AddRemote(rest[0], url, &c.o); err != nil {
		return err
	}
	warnOfSettings(env, r, c.set)
	if c.gpgImport == "" {
		return nil
	}
	n, err := c.importKeys(r, rest[0], []string{c.gpgImport}, false, nil)
	if err != nil {
		return err
	}
	c.printImported(rest[0], n)
	return nil
}

// warnOfSettings tells of values of --set that the library would refuse, above all of misspelt keys about verification.
// ostree takes anything there and scripts may rely on it, for keys of later versions too, so it is no error; but without
// a word one would rely on a verification that does not take place.
func warnOfSettings(env *cli.Env, r *ostree.Repo, set []string) {
	for _, s := range set {
		key, value, _ := strings.Cut(s, "=")
		if err := r.CheckRemoteSetting(key, value); err != nil {
			fmt.Fprintf(env.Stderr, "warning: %s\n", err)
		}
	}
}

// settings collects what the options say into the lines of the remote's group, in the order in
// which they are written.
func (c *remoteAddRun) settings(rest []string) error {
	add := func(key, value string) { c.o.Settings = append(c.o.Settings, [2]string{key, value}) }
	if len(rest) > 2 {
		add("branches", list(rest[2:]))
	}
	if c.customBackend != "" {
		add("custom-backend", c.customBackend)
	}
	if c.contentURL != "" {
		add("contenturl", c.contentURL)
	}
	for _, s := range c.set {
		key, value, ok := strings.Cut(s, "=")
		if !ok {
			return errors.New("Missing '=' in KEY=VALUE for --set")
		}
		add(key, value)
	}
	if c.noGPGVerify || c.noSignVerify {
		add("gpg-verify", "false")
	}
	if c.noSignVerify {
		if len(c.signVerify) > 0 {
			return errors.New("Cannot specify both --sign-verify and --no-sign-verify")
		}
		add("sign-verify", "false")
	}
	engines, err := c.verificationKeys(add)
	if err != nil {
		return err
	}
	if len(engines) > 0 {
		add("sign-verify", strings.Join(engines, ","))
	}
	if c.collection != "" {
		add("collection-id", c.collection)
	}
	return nil
}

// list is a list of a key file: every element ends in a semicolon.
func list(elems []string) string { return strings.Join(elems, ";") + ";" }

// verificationKeys adds the keys of --sign-verify=ENGINE=inline:KEY or ENGINE=file:PATH.
func (c *remoteAddRun) verificationKeys(add func(key, value string)) (engines []string, err error) {
	for _, spec := range c.signVerify {
		name, ref, ok := strings.Cut(spec, "=")
		if !ok {
			return nil, fmt.Errorf("Failed to parse KEYTYPE=[inline|file]:DATA in %s", spec)
		}
		if _, err := sign.ByName(name, nil); err != nil {
			return nil, err
		}
		kind, data, ok := strings.Cut(ref, ":")
		switch {
		case ok && kind == "inline":
			add("verification-"+name+"-key", data)
		case ok && kind == "file":
			add("verification-"+name+"-file", data)
		default:
			return nil, fmt.Errorf("Invalid key reference %s, expected inline|file", kind)
		}
		engines = append(engines, name)
	}
	return engines, nil
}
