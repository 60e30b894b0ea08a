// Package schema holds the Go form of Butane configs: one set of structs, of the
// newest version, in which a tag says what version of the base schema brought
// a field, and the decoder that keeps positions and finds unknown keys.
package schema

// Config is a Butane config of any variant.
type Config struct {
	Version         string          `yaml:"version"`
	Variant         string          `yaml:"variant"`
	Ignition        Ignition        `yaml:"ignition"`
	KernelArguments KernelArguments `yaml:"kernel_arguments" since:"4"`
	Passwd          Passwd          `yaml:"passwd"`
	Storage         Storage         `yaml:"storage"`
	Systemd         Systemd         `yaml:"systemd"`
	BootDevice      BootDevice      `yaml:"boot_device" sugar:"boot_device"`
	Grub            Grub            `yaml:"grub" sugar:"grub"`
	Metadata        Metadata        `yaml:"metadata" sugar:"openshift"`
	OpenShift       OpenShift       `yaml:"openshift" sugar:"openshift"`
}

// Ignition holds what concerns the config itself.
type Ignition struct {
	Config   IgnitionConfig `yaml:"config"`
	Proxy    Proxy          `yaml:"proxy" since:"2"`
	Security Security       `yaml:"security"`
	Timeouts Timeouts       `yaml:"timeouts"`
}

// IgnitionConfig names other configs.
type IgnitionConfig struct {
	Merge   []ConfigReference `yaml:"merge"`
	Replace ConfigReference   `yaml:"replace"`
}

// Resource is where bytes come from. The base schema 0.1 has three narrower
// types in its place, which differ from it only in what they lack there.
type Resource struct {
	Compression  *string      `yaml:"compression"`
	HTTPHeaders  HTTPHeaders  `yaml:"http_headers"`
	Source       *string      `yaml:"source"`
	Inline       *string      `yaml:"inline"`
	Local        *string      `yaml:"local"`
	Verification Verification `yaml:"verification"`
}

// FileContents is the Resource of a file.
type FileContents struct {
	Compression  *string      `yaml:"compression"`
	HTTPHeaders  HTTPHeaders  `yaml:"http_headers" since:"2"`
	Source       *string      `yaml:"source"`
	Inline       *string      `yaml:"inline"`
	Local        *string      `yaml:"local" since:"2"`
	Verification Verification `yaml:"verification"`
}

// ConfigReference is the Resource of another config.
type ConfigReference struct {
	Compression  *string      `yaml:"compression" since:"2"`
	HTTPHeaders  HTTPHeaders  `yaml:"http_headers" since:"2"`
	Source       *string      `yaml:"source"`
	Inline       *string      `yaml:"inline" since:"2"`
	Local        *string      `yaml:"local" since:"2"`
	Verification Verification `yaml:"verification"`
}

// CaReference is the Resource of certificates. Its source is no pointer in 0.1.
type CaReference struct {
	Compression  *string      `yaml:"compression" since:"2"`
	HTTPHeaders  HTTPHeaders  `yaml:"http_headers" since:"2"`
	Source       *string      `yaml:"source"`
	Inline       *string      `yaml:"inline" since:"2"`
	Local        *string      `yaml:"local" since:"2"`
	Verification Verification `yaml:"verification"`
}

// HTTPHeaders are the headers of a request.
type HTTPHeaders []HTTPHeader

// HTTPHeader is one header.
type HTTPHeader struct {
	Name  string  `yaml:"name"`
	Value *string `yaml:"value"`
}

// Verification is what fetched bytes are checked against.
type Verification struct {
	Hash *string `yaml:"hash"`
}

// Proxy holds the proxies for fetching.
type Proxy struct {
	HTTPProxy  *string  `yaml:"http_proxy"`
	HTTPSProxy *string  `yaml:"https_proxy"`
	NoProxy    []string `yaml:"no_proxy"`
}

// Security holds what servers are trusted by.
type Security struct {
	TLS TLS `yaml:"tls"`
}

// TLS holds additions to the trusted certificates.
type TLS struct {
	CertificateAuthorities []CaReference `yaml:"certificate_authorities"`
}

// Timeouts bound fetching over HTTP, in seconds.
type Timeouts struct {
	HTTPResponseHeaders *int `yaml:"http_response_headers"`
	HTTPTotal           *int `yaml:"http_total"`
}

// KernelArgument is a kernel argument.
type KernelArgument string

// KernelArguments changes the kernel command line.
type KernelArguments struct {
	ShouldExist    []KernelArgument `yaml:"should_exist"`
	ShouldNotExist []KernelArgument `yaml:"should_not_exist"`
}

// Passwd holds accounts.
type Passwd struct {
	Groups []PasswdGroup `yaml:"groups"`
	Users  []PasswdUser  `yaml:"users"`
}

// PasswdGroup is a group.
type PasswdGroup struct {
	Gid          *int    `yaml:"gid"`
	Name         string  `yaml:"name"`
	PasswordHash *string `yaml:"password_hash"`
	ShouldExist  *bool   `yaml:"should_exist" since:"3"`
	System       *bool   `yaml:"system"`
}

// Group is a name of a group.
type Group string

// SSHAuthorizedKey is a line of authorized_keys.
type SSHAuthorizedKey string

// PasswdUser is a user.
type PasswdUser struct {
	Gecos                  *string            `yaml:"gecos"`
	Groups                 []Group            `yaml:"groups"`
	HomeDir                *string            `yaml:"home_dir"`
	Name                   string             `yaml:"name"`
	NoCreateHome           *bool              `yaml:"no_create_home"`
	NoLogInit              *bool              `yaml:"no_log_init"`
	NoUserGroup            *bool              `yaml:"no_user_group"`
	PasswordHash           *string            `yaml:"password_hash"`
	PrimaryGroup           *string            `yaml:"primary_group"`
	ShouldExist            *bool              `yaml:"should_exist" since:"3"`
	SSHAuthorizedKeys      []SSHAuthorizedKey `yaml:"ssh_authorized_keys"`
	SSHAuthorizedKeysLocal []string           `yaml:"ssh_authorized_keys_local" since:"5"`
	Shell                  *string            `yaml:"shell"`
	System                 *bool              `yaml:"system"`
	UID                    *int               `yaml:"uid"`
}

// Storage holds disks, file systems and what is in them.
type Storage struct {
	Directories []Directory  `yaml:"directories"`
	Disks       []Disk       `yaml:"disks"`
	Files       []File       `yaml:"files"`
	Filesystems []Filesystem `yaml:"filesystems"`
	Links       []Link       `yaml:"links"`
	Luks        []Luks       `yaml:"luks" since:"3"`
	Raid        []Raid       `yaml:"raid"`
	Trees       []Tree       `yaml:"trees" since:"2"`
}

// NodeUser names an owner.
type NodeUser struct {
	ID   *int    `yaml:"id"`
	Name *string `yaml:"name"`
}

// NodeGroup names an owning group.
type NodeGroup struct {
	ID   *int    `yaml:"id"`
	Name *string `yaml:"name"`
}

// Directory is a directory.
type Directory struct {
	Group     NodeGroup `yaml:"group"`
	Overwrite *bool     `yaml:"overwrite"`
	Path      string    `yaml:"path"`
	User      NodeUser  `yaml:"user"`
	Mode      *int      `yaml:"mode"`
}

// File is a regular file.
type File struct {
	Group     NodeGroup      `yaml:"group"`
	Overwrite *bool          `yaml:"overwrite"`
	Path      string         `yaml:"path"`
	User      NodeUser       `yaml:"user"`
	Append    []FileContents `yaml:"append"`
	Contents  FileContents   `yaml:"contents"`
	Mode      *int           `yaml:"mode"`
}

// Link is a symbolic or hard link. Its target is no pointer before 0.4.
type Link struct {
	Group     NodeGroup `yaml:"group"`
	Overwrite *bool     `yaml:"overwrite"`
	Path      string    `yaml:"path"`
	User      NodeUser  `yaml:"user"`
	Hard      *bool     `yaml:"hard"`
	Target    *string   `yaml:"target"`
}

// Disk is a disk.
type Disk struct {
	Device     string      `yaml:"device"`
	Partitions []Partition `yaml:"partitions"`
	WipeTable  *bool       `yaml:"wipe_table"`
}

// Partition is an entry of a partition table.
type Partition struct {
	GUID               *string `yaml:"guid"`
	Label              *string `yaml:"label"`
	Number             int     `yaml:"number"`
	Resize             *bool   `yaml:"resize" since:"3"`
	ShouldExist        *bool   `yaml:"should_exist"`
	SizeMiB            *int    `yaml:"size_mib"`
	StartMiB           *int    `yaml:"start_mib"`
	TypeGUID           *string `yaml:"type_guid"`
	WipePartitionEntry *bool   `yaml:"wipe_partition_entry"`
}

// FilesystemOption is an argument of mkfs.
type FilesystemOption string

// Filesystem is a file system, with the mount unit that Butane makes for it.
type Filesystem struct {
	Device         string             `yaml:"device"`
	Format         *string            `yaml:"format"`
	Label          *string            `yaml:"label"`
	MountOptions   []string           `yaml:"mount_options" since:"2"`
	Options        []FilesystemOption `yaml:"options"`
	Path           *string            `yaml:"path"`
	UUID           *string            `yaml:"uuid"`
	WipeFilesystem *bool              `yaml:"wipe_filesystem"`
	WithMountUnit  *bool              `yaml:"with_mount_unit" since:"2"`
}

// LuksOption is an argument of cryptsetup luksFormat.
type LuksOption string

// Luks is a LUKS2 device. In 0.3 clevis and its custom pin are pointers, so that
// an empty one differs from none.
type Luks struct {
	Cex         Cex          `yaml:"cex" since:"6"`
	Clevis      *Clevis      `yaml:"clevis"`
	Device      *string      `yaml:"device"`
	Discard     *bool        `yaml:"discard" since:"5"`
	KeyFile     Resource     `yaml:"key_file"`
	Label       *string      `yaml:"label"`
	Name        string       `yaml:"name"`
	OpenOptions []string     `yaml:"open_options" since:"5"`
	Options     []LuksOption `yaml:"options"`
	UUID        *string      `yaml:"uuid"`
	WipeVolume  *bool        `yaml:"wipe_volume"`
}

// Cex says whether the key is in an IBM Crypto Express card.
type Cex struct {
	Enabled *bool `yaml:"enabled"`
}

// Clevis says how a device is unlocked without a person.
type Clevis struct {
	Custom    *ClevisCustom `yaml:"custom"`
	Tang      []Tang        `yaml:"tang"`
	Threshold *int          `yaml:"threshold"`
	Tpm2      *bool         `yaml:"tpm2"`
}

// ClevisCustom is any Clevis pin. Pin and config are no pointers in 0.3.
type ClevisCustom struct {
	Config       *string `yaml:"config"`
	NeedsNetwork *bool   `yaml:"needs_network"`
	Pin          *string `yaml:"pin"`
}

// Tang is a Tang server.
type Tang struct {
	Thumbprint    *string `yaml:"thumbprint"`
	URL           string  `yaml:"url"`
	Advertisement *string `yaml:"advertisement" since:"5"`
}

// Device is a path of a device.
type Device string

// RaidOption is an argument of mdadm.
type RaidOption string

// Raid is an array. Its level is no pointer before 0.4.
type Raid struct {
	Devices []Device     `yaml:"devices"`
	Level   *string      `yaml:"level"`
	Name    string       `yaml:"name"`
	Options []RaidOption `yaml:"options"`
	Spares  *int         `yaml:"spares"`
}

// Tree is a directory of the files directory to be copied.
type Tree struct {
	Group    NodeGroup `yaml:"group" since:"7"`
	Local    string    `yaml:"local"`
	Path     *string   `yaml:"path"`
	User     NodeUser  `yaml:"user" since:"7"`
	FileMode *int      `yaml:"file_mode" since:"7"`
	DirMode  *int      `yaml:"dir_mode" since:"7"`
}

// Systemd holds units.
type Systemd struct {
	Units    []Unit    `yaml:"units"`
	Quadlets []Quadlet `yaml:"quadlets" since:"8"`
}

// Unit is a systemd unit.
type Unit struct {
	Contents      *string  `yaml:"contents"`
	ContentsLocal *string  `yaml:"contents_local" since:"5"`
	Dropins       []Dropin `yaml:"dropins"`
	Enabled       *bool    `yaml:"enabled"`
	Mask          *bool    `yaml:"mask"`
	Name          string   `yaml:"name"`
}

// Dropin is a drop-in of a unit or quadlet.
type Dropin struct {
	Contents      *string `yaml:"contents"`
	ContentsLocal *string `yaml:"contents_local" since:"5"`
	Name          string  `yaml:"name"`
}

// Quadlet is a unit of Podman.
type Quadlet struct {
	Contents      *string  `yaml:"contents"`
	ContentsLocal *string  `yaml:"contents_local"`
	Name          string   `yaml:"name"`
	Rootful       bool     `yaml:"rootful"`
	Dropins       []Dropin `yaml:"dropins"`
}

// BootDevice changes the disk that the system boots from.
type BootDevice struct {
	Layout *string          `yaml:"layout"`
	Luks   BootDeviceLuks   `yaml:"luks"`
	Mirror BootDeviceMirror `yaml:"mirror"`
}

// BootDeviceLuks encrypts the root file system.
type BootDeviceLuks struct {
	Cex       Cex     `yaml:"cex" since:"6"`
	Discard   *bool   `yaml:"discard" since:"5"`
	Device    *string `yaml:"device" since:"6"`
	Tang      []Tang  `yaml:"tang"`
	Threshold *int    `yaml:"threshold"`
	Tpm2      *bool   `yaml:"tpm2"`
}

// BootDeviceMirror mirrors the disk.
type BootDeviceMirror struct {
	Devices []string `yaml:"devices"`
}

// Grub configures the boot loader.
type Grub struct {
	Users []GrubUser `yaml:"users"`
}

// GrubUser may change boot entries.
type GrubUser struct {
	Name         string  `yaml:"name"`
	PasswordHash *string `yaml:"password_hash"`
}

// Metadata is that of a MachineConfig.
type Metadata struct {
	Name   string            `yaml:"name"`
	Labels map[string]string `yaml:"labels"`
}

// OpenShift holds the fields of a MachineConfig that are not Ignition's.
type OpenShift struct {
	KernelArguments []string `yaml:"kernel_arguments"`
	Extensions      []string `yaml:"extensions"`
	FIPS            *bool    `yaml:"fips"`
	KernelType      *string  `yaml:"kernel_type"`
}
