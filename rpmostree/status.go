package rpmostree

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree/origin"
)

// DeploymentInfo describes a deployment: what was asked for and what came of it. Its JSON form has the keys of
// rpm-ostree's D-Bus dictionaries; see [DeploymentInfo.MarshalJSON].
type DeploymentInfo struct {
	// Dict has every key that the deployment has.
	Dict *object.Dict
	// Deployment is what is described.
	Deployment *sysroot.Deployment
	// Origin is nil if the deployment has none.
	Origin *origin.Origin
	// Base is the commit below the layers; the deployment's own if Layered is false.
	Base    object.Checksum
	Layered bool
}

// Deployments describes all deployments of the sysroot, in boot order.
func (s *System) Deployments(ctx context.Context) ([]*DeploymentInfo, error) {
	if _, err := s.root.LoadIfChanged(ctx); err != nil {
		return nil, err
	}
	var list []*DeploymentInfo
	for _, d := range s.root.Deployments() {
		i, err := s.Describe(ctx, d)
		if err != nil {
			return nil, err
		}
		list = append(list, i)
	}
	return list, nil
}

// bulkyKeys are left out of the metadata of a deployment's description.
var bulkyKeys = []string{
	"rpmostree.rpmdb.pkglist", "rpmostree.advisories", "rpmostree.packages", "rpmostree.modules", "rpmostree.spec",
	"rpmostree.removed-base-packages", "rpmostree.replaced-base-packages",
}

// Describe describes one deployment.
func (s *System) Describe(ctx context.Context, d *sysroot.Deployment) (*DeploymentInfo, error) {
	i := &DeploymentInfo{Dict: &object.Dict{}, Deployment: d}
	commit, err := s.Repo().LoadCommit(d.Commit)
	if err != nil {
		return nil, err
	}
	if i.Base, i.Layered, err = BaseCommit(s.Repo(), d.Commit); err != nil {
		return nil, err
	}
	if d.Origin != nil {
		if i.Origin, err = origin.FromSysroot(d.Origin); err != nil {
			s.opts.Logger.Warn("origin of deployment", "name", d.Name(), "error", err)
			i.Origin = nil
		}
	}
	b := &describer{sys: s, info: i, commit: commit}
	b.identity()
	b.source(ctx)
	b.requests()
	if err := b.layers(); err != nil {
		return nil, err
	}
	return i, nil
}

type describer struct {
	sys    *System
	info   *DeploymentInfo
	commit *object.Commit
}

func (b *describer) set(key string, v gvariant.Value) { b.info.Dict.Set(key, v) }
func (b *describer) str(key, v string) {
	if v != "" {
		b.set(key, gvariant.NewString(v))
	}
}
func (b *describer) flag(key string, v bool)     { b.set(key, gvariant.NewBool(v)) }
func (b *describer) list(key string, v []string) { b.set(key, gvariant.NewStrings(v)) }

// identity tells which deployment it is and in which state.
func (b *describer) identity() {
	d := b.info.Deployment
	b.str("id", d.Stateroot+"-"+d.Name())
	b.str("osname", d.Stateroot)
	b.str("checksum", d.Commit.String())
	b.set("serial", gvariant.NewInt32(int32(d.Serial)))
	booted := b.sys.root.Booted()
	b.flag("booted", booted != nil && booted.Name() == d.Name() && booted.Stateroot == d.Stateroot && !d.Staged)
	b.flag("staged", d.Staged)
	if d.Staged && d.FinalizationLocked {
		b.flag("finalization-locked", true)
	}
	b.flag("pinned", d.Pinned())
	b.str("unlocked", d.Unlocked.String())
	version := textOf(b.commit.Metadata, keyVersion)
	if img, err := container.LoadImageCommit(b.sys.Repo(), b.info.Base); version == "" && err == nil {
		version = img.Version()
	}
	b.str("version", version)
	b.set("timestamp", gvariant.NewUint64(b.commit.Timestamp))
	b.str("endoflife", textOf(b.commit.Metadata, "ostree.endoflife"))
}

func textOf(md object.Variant, key string) string {
	if v, ok := md.LookupType(key, "s"); ok {
		return v.Str()
	}
	return ""
}

// source tells where the base comes from, and what signs it.
func (b *describer) source(ctx context.Context) {
	o := b.info.Origin
	if o == nil {
		return
	}
	switch o.Kind() {
	case origin.KindContainer:
		b.str("container-image-reference", o.Container)
		b.str("container-image-reference-digest", b.sys.imageDigest(b.info.Base))
	default:
		b.str("origin", o.Refspec)
		b.pending(o)
		b.signatures(ctx, o)
	}
	if o.CustomURL != "" {
		b.set("custom-origin", gvariant.NewTuple(gvariant.NewString(o.CustomURL), gvariant.NewString(o.CustomDescription)))
	}
}

// imageDigest is the digest of the manifest that a base was made from; empty if it is no container image.
func (s *System) imageDigest(base object.Checksum) string {
	c, err := s.Repo().LoadCommit(base)
	if err != nil {
		return ""
	}
	return textOf(c.Metadata, "ostree.manifest-digest")
}

// pending tells that the branch has a newer commit in the repository.
func (b *describer) pending(o *origin.Origin) {
	if o.Kind() != origin.KindOstree {
		return
	}
	head, found, err := b.sys.Repo().ResolveRevOptional(o.Refspec)
	if err != nil || !found || head == b.info.Base {
		return
	}
	c, err := b.sys.Repo().LoadCommit(head)
	if err != nil {
		return
	}
	b.str("pending-base-checksum", head.String())
	b.str("pending-base-version", textOf(c.Metadata, keyVersion))
	b.set("pending-base-timestamp", gvariant.NewUint64(c.Timestamp))
}

// signatures tells whether the remote promises signatures, and what they say of the base.
func (b *describer) signatures(ctx context.Context, o *origin.Origin) {
	remote, _, err := ostree.ParseRefspec(o.Refspec)
	if err != nil || remote == "" || o.Kind() != origin.KindOstree {
		b.flag("gpg-enabled", false)
		return
	}
	r, err := b.sys.Repo().Remote(remote)
	if err != nil {
		b.flag("gpg-enabled", false)
		b.str("remote-error", err.Error())
		return
	}
	enabled, err := r.Bool("gpg-verify", true)
	b.flag("gpg-enabled", err == nil && enabled)
	if err != nil || !enabled {
		return
	}
	res, err := b.sys.Repo().VerifyCommitGPG(b.info.Base, remote)
	if err != nil {
		if !errors.Is(err, ostree.ErrNoSignatures) {
			b.str("remote-error", err.Error())
		}
		return
	}
	var items []gvariant.Value
	for _, s := range res.Signatures {
		items = append(items, gvariant.NewVariant(signatureTuple(&s)))
	}
	b.set("signatures", gvariant.NewArray("v", items...))
}

// signatureTuple is libostree's form of a verified signature.
func signatureTuple(s *sign.Signature) gvariant.Value {
	unix := func(t time.Time) gvariant.Value {
		if t.IsZero() {
			return gvariant.NewInt64(0)
		}
		return gvariant.NewInt64(t.Unix())
	}
	is := func(status sign.Status) gvariant.Value { return gvariant.NewBool(s.Status == status) }
	return gvariant.NewTuple(
		is(sign.StatusValid), is(sign.StatusExpiredSignature), is(sign.StatusExpiredKey), is(sign.StatusRevokedKey), is(sign.StatusMissingKey),
		gvariant.NewString(s.Fingerprint), unix(s.Created), unix(s.Expires), gvariant.NewString(s.Algorithm), gvariant.NewString(s.Hash),
		gvariant.NewString(s.UserName), gvariant.NewString(s.UserEmail), gvariant.NewString(s.PrimaryFingerprint),
	)
}

// requests are what the origin asks for.
func (b *describer) requests() {
	o := b.info.Origin
	if o == nil {
		o = &origin.Origin{}
	}
	nevras := func(l origin.Locals) []string {
		out := make([]string, len(l))
		for i, p := range l {
			out[i] = p.NEVRA
		}
		return out
	}
	b.list("requested-packages", o.Packages)
	b.list("requested-local-packages", nevras(o.Local))
	b.list("requested-local-fileoverride-packages", nevras(o.LocalFileOverride))
	b.list("requested-base-removals", o.OverrideRemove)
	b.list("requested-base-local-replacements", nevras(o.OverrideReplaceLocal))
	var remote []gvariant.Value
	for _, r := range o.OverrideReplace {
		remote = append(remote, gvariant.NewTuple(gvariant.NewString("repo="+r.Repo), gvariant.NewStrings(r.Packages)))
	}
	b.set("requested-base-remote-replacements", gvariant.NewArray("(sas)", remote...))
	b.flag("regenerate-initramfs", o.RegenerateInitramfs)
	if len(o.InitramfsArgs) > 0 {
		b.list("initramfs-args", o.InitramfsArgs)
	}
	if len(o.InitramfsEtc) > 0 {
		b.list("initramfs-etc", o.InitramfsEtc)
	}
	if o.Cliwrap {
		b.flag("cliwrap", true)
	}
}

// layers are what came of the requests.
func (b *describer) layers() error {
	md := b.commit.Metadata
	take := func(key, from, typ string) {
		if v, ok := md.LookupType(from, gvariant.Type(typ)); ok && b.info.Layered {
			b.set(key, v)
		} else {
			b.set(key, gvariant.NewArray(gvariant.Type(typ).Elem()))
		}
	}
	take("packages", keyPackages, "as")
	take("base-removals", keyRemoved, "av")
	take("base-local-replacements", keyReplaced, "a(vv)")
	take("base-remote-replacements", keyReplacedFrom, "a{sv}")
	base := b.commit
	if b.info.Layered {
		var err error
		if base, err = b.sys.Repo().LoadCommit(b.info.Base); err != nil {
			return err
		}
		b.str("base-checksum", b.info.Base.String())
		b.str("base-version", textOf(base.Metadata, keyVersion))
		b.set("base-timestamp", gvariant.NewUint64(base.Timestamp))
		b.set("layered-commit-meta", withoutBulk(md))
	}
	b.set("base-commit-meta", withoutBulk(base.Metadata))
	return nil
}

func withoutBulk(md object.Variant) gvariant.Value {
	d := gvariant.DictFromValue(md)
	for _, k := range bulkyKeys {
		d.Delete(k)
	}
	return d.Value()
}

// Text returns a value of the description that is a text, empty if there is none.
func (i *DeploymentInfo) Text(key string) string { return textOf(i.Dict.Value(), key) }

// Flag returns a value that is a boolean.
func (i *DeploymentInfo) Flag(key string) bool {
	v, ok := i.Dict.Value().LookupType(key, "b")
	return ok && v.Bool()
}

// Texts returns a value that is a list of texts.
func (i *DeploymentInfo) Texts(key string) []string {
	v, ok := i.Dict.Value().LookupType(key, "as")
	if !ok {
		return nil
	}
	return v.Strings()
}

// Name is how people recognize the deployment: the origin, or the checksum if it has none.
func (i *DeploymentInfo) Name() string {
	for _, key := range []string{"origin", "container-image-reference"} {
		if s := i.Text(key); s != "" {
			return strings.TrimSpace(s)
		}
	}
	return i.Deployment.Commit.String()
}
