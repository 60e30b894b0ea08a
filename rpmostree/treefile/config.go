package treefile

// Config is the content of a treefile. Every field can be absent: nil is "not given", which is
// different from an empty list, since an included file may give what the including one leaves out.
// Use the methods of [Treefile] to get values with defaults applied.
//
// The order of the fields is the order of the keys in the flattened JSON.
type Config struct {
	Packages        Set            `json:"packages,omitzero"`         // requests: names, NEVRAs, capabilities, paths
	RepoPackages    []RepoPackages `json:"repo-packages,omitzero"`    // requests tied to a repository
	Cliwrap         *bool          `json:"cliwrap,omitzero"`          // wrap rpm, dnf and others
	CliwrapBinaries []string       `json:"cliwrap-binaries,omitzero"` // programs to wrap

	Derive
	Base
}

// RepoPackages is a list of requests that only one repository may satisfy.
type RepoPackages struct {
	Repo     string `json:"repo" treefile:"repo,required"`
	Packages Set    `json:"packages" treefile:"packages,required"`
}

// Derive holds the keys that make sense on top of an existing commit only: those of client treefiles
// and of origins.
type Derive struct {
	BaseRefspec             *string           `json:"base-refspec,omitzero"`
	ContainerImageReference *string           `json:"container-image-reference,omitzero"`
	PackagesLocal           map[string]string `json:"packages-local,omitzero"`              // NEVRA to SHA-256 in hex
	PackagesLocalFile       map[string]string `json:"packages-local-fileoverride,omitzero"` // the same, replacing files of others
	OverrideRemove          Set               `json:"override-remove,omitzero"`
	OverrideReplace         []RepoReplace     `json:"ex-override-replace,omitzero"`
	OverrideReplaceLocal    map[string]string `json:"override-replace-local,omitzero"`
	Initramfs               *Initramfs        `json:"initramfs,omitzero"`
	Custom                  *Custom           `json:"custom,omitzero"`
	OverrideCommit          *string           `json:"override-commit,omitzero"`
	UnconfiguredState       *string           `json:"unconfigured-state,omitzero"`
}

// RepoReplace replaces packages of the base by those of a repository.
type RepoReplace struct {
	From     ReplaceFrom `json:"from" treefile:"from,required"`
	Packages Set         `json:"packages" treefile:"packages,required"`
}

// ReplaceFrom is the source of replacements.
type ReplaceFrom struct {
	Repo string `json:"repo" treefile:"repo,required"`
}

// Initramfs is what a client does to its initramfs.
type Initramfs struct {
	Regenerate bool     `json:"regenerate"`
	Etc        Set      `json:"etc,omitzero"`
	Args       []string `json:"args,omitzero"`
}

// Custom is the origin that another program manages.
type Custom struct {
	URL         string  `json:"url" treefile:"url,required"`
	Description *string `json:"description,omitzero"`
}

// Base holds the keys that describe the composition of a new commit; rpm-ostree's documentation of treefiles
// describes each. What a treefile does not say is nil or empty here; the methods of [Treefile] know the defaults.
type Base struct {
	// What the commit is called, and where packages come from: the ref with variables in it, variables of
	// treefiles and of repositories, ids of repositories (for locked packages further ones), labels by SELinux
	// (default true), signatures of files by IMA, the OpenPGP key that signs the commit.
	Edition             *Edition          `json:"edition,omitzero"`
	Ref                 *string           `json:"ref,omitzero"`
	Metadata            map[string]any    `json:"metadata,omitzero"` // JSON values; numbers are json.Number
	Basearch            *string           `json:"basearch,omitzero"`
	Variables           map[string]Value  `json:"-" treefile:"variables"`
	Repovars            map[string]string `json:"-" treefile:"repovars"`
	Rojig               *Rojig            `json:"rojig,omitzero"`
	Repos               []string          `json:"repos,omitzero"`
	LockfileRepos       []string          `json:"lockfile-repos,omitzero"`
	SELinux             *bool             `json:"selinux,omitzero"`
	IgnoreDevices       *bool             `json:"ignore-devices,omitzero"`
	SELinuxLabelVersion *uint32           `json:"selinux-label-version,omitzero"`
	IMA                 *bool             `json:"ima,omitzero"`
	GPGKey              *string           `json:"gpg-key,omitzero"`

	// Commits whose files are put below and above the packages, and packages that must not come in.
	OstreeLayers         []string `json:"ostree-layers,omitzero"`
	OstreeOverrideLayers []string `json:"ostree-override-layers,omitzero"`
	ExcludePackages      []string `json:"exclude-packages,omitzero"`
	PlatformModule       *string  `json:"platform-module,omitzero"`

	// How packages are installed: without a kernel and what belongs to booting, with weak dependencies (default
	// true), with documentation (default true), for which languages; how the initramfs is made, if it is.
	Container           *bool    `json:"container,omitzero"`
	Recommends          *bool    `json:"recommends,omitzero"`
	Documentation       *bool    `json:"documentation,omitzero"`
	InstallLangs        []string `json:"install-langs,omitzero"`
	InitramfsArgs       []string `json:"initramfs-args,omitzero"`
	NoInitramfs         *bool    `json:"no-initramfs,omitzero"`
	ReadonlyExecutables *bool    `json:"readonly-executables,omitzero"`

	// Where the kernel is stored, and what /tmp, /opt and /usr/local are in the tree.
	BootLocation *BootLocation `json:"boot-location,omitzero"`
	TmpIsDir     *bool         `json:"tmp-is-dir,omitzero"`
	OptUsrLocal  *OptUsrLocal  `json:"opt-usrlocal,omitzero"`

	// Systemd units to enable, the default target, and whether there is an empty /etc/machine-id.
	Units           []string `json:"units,omitzero"`
	DefaultTarget   *string  `json:"default-target,omitzero"`
	MachineIDCompat *bool    `json:"machineid-compat,omitzero"`

	// The variable releasever, the version of the commit (see [NextVersion]), and the line of os-release that
	// gets it.
	Releasever             *ReleaseVer `json:"releasever,omitzero"`
	AutomaticVersionPrefix *string     `json:"automatic-version-prefix,omitzero"`
	AutomaticVersionSuffix *string     `json:"automatic-version-suffix,omitzero"`
	MutateOSRelease        *string     `json:"mutate-os-release,omitzero"`

	// Users and groups: groups that stay in /etc, where they can get members; whether numbers of the previous commit are kept, and
	// with what the result is compared.
	EtcGroupMembers     []string  `json:"etc-group-members,omitzero"`
	PreservePasswd      *bool     `json:"preserve-passwd,omitzero"`
	CheckPasswd         *Check    `json:"check-passwd,omitzero"`
	CheckGroups         *Check    `json:"check-groups,omitzero"`
	IgnoreRemovedUsers  Set       `json:"ignore-removed-users,omitzero"`
	IgnoreRemovedGroups Set       `json:"ignore-removed-groups,omitzero"`
	Sysusers            *Sysusers `json:"sysusers,omitzero"`

	// Changes of the tree after the packages, metadata of the commit, and the place and form of the package
	// database.
	PostprocessScript  *External           `json:"postprocess-script,omitzero"`
	Postprocess        []string            `json:"postprocess,omitzero"`
	AddFiles           []AddFile           `json:"add-files,omitzero"`
	RemoveFiles        []string            `json:"remove-files,omitzero"`
	RemoveFromPackages []RemoveFromPackage `json:"remove-from-packages,omitzero"`
	AddCommitMetadata  map[string]any      `json:"add-commit-metadata,omitzero"` // as Metadata
	RepoMetadata       *MetadataTarget     `json:"repo-metadata,omitzero"`
	AdvisoriesMetadata *MetadataTarget     `json:"advisories-metadata,omitzero"`
	RPMDB              *RPMDBBackend       `json:"rpmdb,omitzero"`
	RPMDBNormalize     *bool               `json:"rpmdb-normalize,omitzero"`

	// ContainerCmd is the default command of container images.
	ContainerCmd []string `json:"container-cmd,omitzero" merge:"first"`

	// Extra holds the keys of a JSON treefile that have no meaning, such as comments. They are kept
	// for those who print the treefile; only those of the outermost file.
	Extra map[string]any `json:"-" merge:"-"`
}

// input holds the keys that are used up while files are read: those that include others, and former
// spellings.
type input struct {
	Include            includes             `treefile:"include"`
	ArchInclude        map[string]includes  `treefile:"arch-include"`
	ConditionalInclude []conditionalInclude `treefile:"conditional-include"`
	Bootstrap          Set                  `treefile:"bootstrap_packages"`
	BootstrapKebab     Set                  `treefile:"bootstrap-packages"`
	GPGKey             *string              `treefile:"gpg_key"`
	BootLocation       *BootLocation        `treefile:"boot_location"`
	DefaultTarget      *string              `treefile:"default_target"`
	VersionPrefix      *string              `treefile:"automatic_version_prefix"`

	archPackages map[string][]string // packages-ARCH by architecture
}

// Rojig is a remnant of an abandoned format; its name stands in for a missing ref.
type Rojig struct {
	Name        string  `json:"name" treefile:"name,required"`
	Summary     string  `json:"summary" treefile:"summary,required"`
	License     string  `json:"license" treefile:"license,required"`
	Description *string `json:"description"`
}
