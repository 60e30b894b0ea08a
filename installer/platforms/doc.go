// Package platforms knows the settings of consoles that an image has for each platform, and
// puts such settings into the configuration of GRUB.
//
// An image is built for the platform "metal". For another one the installer changes the
// platform ID ([SetID]), and the consoles to those of a table on the boot file system:
//
//	{
//	  "qemu": {
//	    "grub_commands": ["serial --speed=115200", "terminal_input serial console"],
//	    "kernel_arguments": ["console=tty0", "console=ttyS0,115200n8"]
//	  }
//	}
//
// [Parse] reads it, [Table.Kargs] and [Table.GRUB] say what changes. [Table.Consoles] is for the
// consoles that somebody asks for. [EditGRUB] writes commands into the part of GRUB's
// configuration that is between two lines:
//
//	# CONSOLE-SETTINGS-START
//	terminal_input serial console
//	# CONSOLE-SETTINGS-END
//
// Table and marks are those that coreos-installer 0.26 works with; marks that are missing are
// an error. Other boot loaders than GRUB are not supported. The functions keep nothing, but
// only one call at a time may edit a file system.
package platforms
