package flavour

import (
	"path"
	"strings"
)

// Flavour is the set of names of one family of images. Treat it as read-only.
//
// Paths that begin with a slash are those of a running system; the others are relative to
// the root of an ISO 9660 file system (in upper case), of an initramfs, or of the boot
// file system, as their comments say.
type Flavour struct {
	// Name is "nestos" or "coreos"; it is also the name of the directory below /etc and on
	// the boot file system.
	Name string
	// Program is the name of the installer, in texts and in the names of units.
	Program string
	// Product stands in texts: "Unrecognized NestOS ISO image."
	Product string
	// StreamProduct stands in texts about streams: "Downloading Fedora CoreOS stable …".
	StreamProduct string
	// ISODir is the directory of metadata in the root of a live ISO: "NESTOS".
	ISODir string
	// LiveStamp is the file that marks the initramfs of a live system.
	LiveStamp string
	// InitrdFeatures is features.json in that initramfs.
	InitrdFeatures string
	// KeyfileDir is where NetworkManager keyfiles are in an initrd: "etc/nestos-firstboot-network".
	KeyfileDir string
	// BootKeyfileDir is where they are on the boot file system: "nestos-firstboot-network".
	BootKeyfileDir string
	// Platforms is the table of platforms on the boot file system: "nestos/platforms.json".
	Platforms string
	// ConfigDir holds configs of the installer in a live system: "/etc/nestos/installer.d".
	ConfigDir string
	// DestIgnition is the Ignition config for the installed system that is embedded in a
	// live system: "/etc/nestos/dest.ign".
	DestIgnition string
	// OsmetDir holds osmet files in a live system: "/run/nestos-installer/osmet".
	OsmetDir string
	// LiveKarg and RootfsKarg begin kernel arguments of live systems: "nestos.liveiso=",
	// "nestos.live.rootfs_url=".
	LiveKarg, RootfsKarg string
	// KargMark is the text behind the area for kernel arguments in boot loader files.
	KargMark string
	// StreamBaseURL is where the metadata of streams are, with a slash at the end.
	StreamBaseURL string
	// TempPrefix begins the names of temporary files beside an output:
	// ".nestos-installer-temp-".
	TempPrefix string
	// RootflagsProgram prints mount options of the root file system for "rdcore rootmap".
	RootflagsProgram string
	// BootUUIDStamp is written by "rdcore bind-boot": "/run/nestos/bootfs_uuid".
	BootUUIDStamp string
}

// NestOS returns the names of NestOS.
func NestOS() *Flavour {
	return named("nestos", "NestOS", "NestOS", "https://nestos.org.cn/NestOS-release/streams/")
}

// CoreOS returns the names of Fedora CoreOS and of RHEL CoreOS.
func CoreOS() *Flavour {
	return named("coreos", "CoreOS", "Fedora CoreOS", "https://builds.coreos.fedoraproject.org/streams/")
}

// All returns all flavours in the order in which images are searched for their marks.
func All() []*Flavour { return []*Flavour{NestOS(), CoreOS()} }

// Default returns the flavour for images without marks, when the program runs under a name
// or path such as os.Args[0]: that of CoreOS for coreos-installer, else that of NestOS.
func Default(program string) *Flavour {
	if path.Base(program) == "coreos-installer" {
		return CoreOS()
	}
	return NestOS()
}

// Detect returns the first flavour of which exists is true, or fallback (nil means that of
// NestOS).
func Detect(exists func(*Flavour) bool, fallback *Flavour) *Flavour {
	for _, f := range All() {
		if exists(f) {
			return f
		}
	}
	if fallback == nil {
		return NestOS()
	}
	return fallback
}

// InstKarg returns the name of a kernel argument for the installer: "nestos.inst.stream".
func (f *Flavour) InstKarg(name string) string { return f.Name + ".inst." + name }

// Unit returns the name of a unit: Unit("-pre.target") is "nestos-installer-pre.target".
func (f *Flavour) Unit(suffix string) string { return f.Program + suffix }

func named(name, product, streamProduct, streams string) *Flavour {
	program := name + "-installer"
	return &Flavour{
		Name: name, Program: program, Product: product, StreamProduct: streamProduct,
		ISODir:           strings.ToUpper(name),
		LiveStamp:        "etc/" + name + "-live-initramfs",
		InitrdFeatures:   "etc/" + name + "/features.json",
		KeyfileDir:       "etc/" + name + "-firstboot-network",
		BootKeyfileDir:   name + "-firstboot-network",
		Platforms:        name + "/platforms.json",
		ConfigDir:        "/etc/" + name + "/installer.d",
		DestIgnition:     "/etc/" + name + "/dest.ign",
		OsmetDir:         "/run/" + program + "/osmet",
		LiveKarg:         name + ".liveiso=",
		RootfsKarg:       name + ".live.rootfs_url=",
		KargMark:         "# " + strings.ToUpper(name) + "_KARG_EMBED_AREA",
		StreamBaseURL:    streams,
		TempPrefix:       "." + program + "-temp-",
		RootflagsProgram: name + "-rootflags",
		BootUUIDStamp:    "/run/" + name + "/bootfs_uuid",
	}
}
