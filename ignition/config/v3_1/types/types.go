// Package types holds the Go form of Ignition configs of version 3.1.0: a [Config] and
// what is in it.
//
// Package ignition/config/v3_1, above this one, reads, checks and merges them and has the
// examples; a program that makes a config fills a Config and has [encoding/json] write it.
// Package ignition/config does the same for configs of any version.
//
// Names of types and fields are those of Ignition's own package of this name,
// since programs use them and since decoding errors show them. Fields are in the
// order in which they are written. A nil pointer is an absent field, which is not the same
// as an empty one where configs are merged. What the fields mean to a machine is in
// Ignition's "Configuration Specification v3.1.0".
package types

// Config is one Ignition config: what a machine has to be after its first boot.
type Config struct {
	Ignition Ignition `json:"ignition"`          // about the config itself: version, other configs, network settings
	Passwd   Passwd   `json:"passwd,omitempty"`  // users and groups
	Storage  Storage  `json:"storage,omitempty"` // disks, file systems and what is in them
	Systemd  Systemd  `json:"systemd,omitempty"` // units
}

// Device is a path of a device.
type Device string

// Directory is a directory.
type Directory struct {
	Node
	DirectoryEmbedded1
}

// DirectoryEmbedded1 is what a directory has besides its node.
type DirectoryEmbedded1 struct {
	Mode *int `json:"mode,omitempty"` // permission bits
}

// Disk is a disk with its partitions.
type Disk struct {
	Device     string      `json:"device"`               // path of the device
	Partitions []Partition `json:"partitions,omitempty"` // partitions
	WipeTable  *bool       `json:"wipeTable,omitempty"`  // the table is made anew
}

// Dropin is a drop-in of a unit.
type Dropin struct {
	Contents *string `json:"contents,omitempty"` // text
	Name     string  `json:"name"`               // file name, ending in .conf
}

// File is a regular file.
type File struct {
	Node
	FileEmbedded1
}

// FileEmbedded1 is what a file has besides its node.
type FileEmbedded1 struct {
	Append   []Resource `json:"append,omitempty"`   // added at the end, in order
	Contents Resource   `json:"contents,omitempty"` // the bytes
	Mode     *int       `json:"mode,omitempty"`     // permission bits
}

// Filesystem is a file system on a device.
type Filesystem struct {
	Device         string             `json:"device"`                   // path of the device
	Format         *string            `json:"format,omitempty"`         // type of the file system
	Label          *string            `json:"label,omitempty"`          // label
	MountOptions   []MountOption      `json:"mountOptions,omitempty"`   // for mounting
	Options        []FilesystemOption `json:"options,omitempty"`        // more arguments of mkfs
	Path           *string            `json:"path,omitempty"`           // where it is mounted
	UUID           *string            `json:"uuid,omitempty"`           // UUID
	WipeFilesystem *bool              `json:"wipeFilesystem,omitempty"` // make it anew whatever is there
}

// FilesystemOption is an argument of mkfs.
type FilesystemOption string

// Group is a name of a group.
type Group string

// HTTPHeader is one header of a request.
type HTTPHeader struct {
	Name  string  `json:"name"`            // field name
	Value *string `json:"value,omitempty"` // field value; nil removes the header in a merge
}

// HTTPHeaders are the headers of a request.
type HTTPHeaders []HTTPHeader

// Ignition holds what concerns the config itself.
type Ignition struct {
	Config   IgnitionConfig `json:"config,omitempty"`   // other configs to merge or to use instead
	Proxy    Proxy          `json:"proxy,omitempty"`    // proxies for fetching
	Security Security       `json:"security,omitempty"` // trust in servers
	Timeouts Timeouts       `json:"timeouts,omitempty"` // time-outs for fetching
	Version  string         `json:"version,omitempty"`  // version of the format, for instance "3.5.0"
}

// IgnitionConfig names other configs.
type IgnitionConfig struct {
	Merge   []Resource `json:"merge,omitempty"`   // merged over this one, in order
	Replace Resource   `json:"replace,omitempty"` // used instead of this one
}

// Link is a symbolic or hard link.
type Link struct {
	Node
	LinkEmbedded1
}

// LinkEmbedded1 is what a link has besides its node.
type LinkEmbedded1 struct {
	Hard   *bool  `json:"hard,omitempty"` // a hard link
	Target string `json:"target"`         // where it points
}

// MountOption is a mount option.
type MountOption string

// NoProxyItem is a host that is asked directly.
type NoProxyItem string

// Node is what files, directories and links have in common.
type Node struct {
	Group     NodeGroup `json:"group,omitempty"`     // owning group
	Overwrite *bool     `json:"overwrite,omitempty"` // whatever is at the path is deleted first
	Path      string    `json:"path"`                // absolute path
	User      NodeUser  `json:"user,omitempty"`      // owning user
}

// NodeGroup names a group by id or name.
type NodeGroup struct {
	ID   *int    `json:"id,omitempty"`   // group id
	Name *string `json:"name,omitempty"` // looked up on the machine
}

// NodeUser names a user by id or name.
type NodeUser struct {
	ID   *int    `json:"id,omitempty"`   // user id
	Name *string `json:"name,omitempty"` // looked up on the machine
}

// Partition is an entry of a GUID partition table.
type Partition struct {
	GUID               *string `json:"guid,omitempty"`               // unique GUID
	Label              *string `json:"label,omitempty"`              // name of the entry
	Number             int     `json:"number,omitempty"`             // number of the entry; 0 is the next free
	ShouldExist        *bool   `json:"shouldExist,omitempty"`        // false deletes the entry
	SizeMiB            *int    `json:"sizeMiB,omitempty"`            // size in MiB; 0 is as much as possible
	StartMiB           *int    `json:"startMiB,omitempty"`           // start in MiB; 0 is the largest free block
	TypeGUID           *string `json:"typeGuid,omitempty"`           // type GUID
	WipePartitionEntry *bool   `json:"wipePartitionEntry,omitempty"` // an entry that differs may be replaced
}

// Passwd holds accounts.
type Passwd struct {
	Groups []PasswdGroup `json:"groups,omitempty"` // groups
	Users  []PasswdUser  `json:"users,omitempty"`  // users
}

// PasswdGroup is a group to make, change or delete.
type PasswdGroup struct {
	Gid          *int    `json:"gid,omitempty"`          // group id
	Name         string  `json:"name"`                   // group name
	PasswordHash *string `json:"passwordHash,omitempty"` // as in gshadow
	System       *bool   `json:"system,omitempty"`       // takes an id of the system range
}

// PasswdUser is a user to make, change or delete.
type PasswdUser struct {
	Gecos             *string            `json:"gecos,omitempty"`             // comment
	Groups            []Group            `json:"groups,omitempty"`            // supplementary groups
	HomeDir           *string            `json:"homeDir,omitempty"`           // home directory
	Name              string             `json:"name"`                        // user name
	NoCreateHome      *bool              `json:"noCreateHome,omitempty"`      // no home directory is made
	NoLogInit         *bool              `json:"noLogInit,omitempty"`         // not added to lastlog and faillog
	NoUserGroup       *bool              `json:"noUserGroup,omitempty"`       // no group of the same name is made
	PasswordHash      *string            `json:"passwordHash,omitempty"`      // as in shadow
	PrimaryGroup      *string            `json:"primaryGroup,omitempty"`      // name or id
	SSHAuthorizedKeys []SSHAuthorizedKey `json:"sshAuthorizedKeys,omitempty"` // public keys that may log in
	Shell             *string            `json:"shell,omitempty"`             // login shell
	System            *bool              `json:"system,omitempty"`            // takes an id of the system range
	UID               *int               `json:"uid,omitempty"`               // user id
}

// Proxy holds the proxies for fetching.
type Proxy struct {
	HTTPProxy  *string       `json:"httpProxy,omitempty"`  // URL of the proxy for http
	HTTPSProxy *string       `json:"httpsProxy,omitempty"` // URL of the proxy for https
	NoProxy    []NoProxyItem `json:"noProxy,omitempty"`    // hosts that are asked directly
}

// Raid is an array of devices.
type Raid struct {
	Devices []Device     `json:"devices"`           // members
	Level   string       `json:"level"`             // RAID level, for instance "raid1"
	Name    string       `json:"name"`              // name of the array
	Options []RaidOption `json:"options,omitempty"` // more arguments of mdadm
	Spares  *int         `json:"spares,omitempty"`  // number of spare devices
}

// RaidOption is an argument of mdadm.
type RaidOption string

// Resource is where bytes come from.
type Resource struct {
	Compression  *string      `json:"compression,omitempty"`  // "" or "gzip"
	HTTPHeaders  HTTPHeaders  `json:"httpHeaders,omitempty"`  // headers of the request
	Source       *string      `json:"source,omitempty"`       // URL
	Verification Verification `json:"verification,omitempty"` // hash of the decompressed bytes
}

// SSHAuthorizedKey is a line of authorized_keys.
type SSHAuthorizedKey string

// Security holds what servers are trusted by.
type Security struct {
	TLS TLS `json:"tls,omitempty"` // transport layer security
}

// Storage holds disks, file systems and what is in them.
type Storage struct {
	Directories []Directory  `json:"directories,omitempty"` // directories
	Disks       []Disk       `json:"disks,omitempty"`       // partition tables
	Files       []File       `json:"files,omitempty"`       // regular files
	Filesystems []Filesystem `json:"filesystems,omitempty"` // file systems
	Links       []Link       `json:"links,omitempty"`       // symbolic and hard links
	Raid        []Raid       `json:"raid,omitempty"`        // software RAID
}

// Systemd holds units.
type Systemd struct {
	Units []Unit `json:"units,omitempty"` // units
}

// TLS holds additions to the trusted certificates.
type TLS struct {
	CertificateAuthorities []Resource `json:"certificateAuthorities,omitempty"` // PEM bundles added to those of the system
}

// Timeouts bound the fetching over HTTP.
type Timeouts struct {
	HTTPResponseHeaders *int `json:"httpResponseHeaders,omitempty"` // seconds to wait for the response header; default 10, 0 for ever
	HTTPTotal           *int `json:"httpTotal,omitempty"`           // seconds for all attempts with the body; 0 is no limit
}

// Unit is a systemd unit.
type Unit struct {
	Contents *string  `json:"contents,omitempty"` // text of the unit file
	Dropins  []Dropin `json:"dropins,omitempty"`  // drop-ins
	Enabled  *bool    `json:"enabled,omitempty"`  // enable or disable
	Mask     *bool    `json:"mask,omitempty"`     // mask or unmask
	Name     string   `json:"name"`               // name with suffix
}

// Verification is what fetched bytes are checked against.
type Verification struct {
	Hash *string `json:"hash,omitempty"` // "sha512-" (since 3.1 also "sha256-") and the hexadecimal sum
}
