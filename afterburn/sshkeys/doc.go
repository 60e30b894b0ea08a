// Package sshkeys reads OpenSSH public keys and installs them for a user.
//
// [Parse] reads one line in the format of an authorized_keys file, [Key.String] writes it in its canonical
// form, [Install] makes a list of keys the file ~/.ssh/authorized_keys.d/afterburn of a local user.
//
// # Lines
//
//	[options] type base64 [comment]
//
//	ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI… core@example
//	restrict,command="say \"hi\"" ssh-rsa AAAAB3NzaC1yc2E…
//	@cert-authority *.example.com ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTIt…
//
// White space separates; options may hold blanks in double quotes, and a backslash takes the meaning of the
// character after it. The base64 text holds the type once more and the numbers of the key, each behind its
// length. The canonical form is the type, the numbers in their usual encoding without anything behind them,
// and the comment; the blank before the comment is there even if there is none, as Afterburn writes it.
// Keys are not checked further: whether a number is a good key is sshd's decision.
//
// The types are ssh-rsa, ssh-dss, ssh-ed25519, ecdsa-sha2-nistp256, -nistp384 and -nistp521, and the two of
// security keys, sk-ssh-ed25519@openssh.com and sk-ecdsa-sha2-nistp256@openssh.com. Certificates are refused.
//
// [ParseList], [ParseFile] and [ParseLines] read several keys in the three ways that metadata services need.
//
// # Installing
//
// What is below a home directory belongs to its user, who can put a symbolic link, a FIFO or somebody else's
// file in any place, and exchange them while they are used. [Install] therefore does all of its work there on
// a thread that has the user's rights and nothing else: the user and group ids for files, no supplementary
// groups, no capabilities. Nothing can be reached so that the user could not reach alone, while a link that
// the user made on purpose works as for everybody. Links into the kernel's own name spaces (/proc/self/fd/3)
// are refused, as they lead around the permissions of directories. The rest of the process keeps its rights;
// its other threads never see the change. (The kernel then refuses core dumps of the process, as of any that
// changed its identity.)
//
// A new file is written under a temporary name, synchronized, renamed and its directory synchronized: a reader,
// or the machine after a power failure, sees the old file or the new one. Other files are never touched.
//
// Parsing works everywhere and needs time and memory proportional to the input. Installing needs Linux.
package sshkeys
