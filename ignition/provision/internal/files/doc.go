// Package files is the stage that writes into the real root: groups and users,
// directories, files and links, systemd units, crypttab with keys, the result file,
// and the SELinux labels of all of that. It is the stage for kernel arguments, too.
//
// [Files] does the stage, [PlanFiles] tells what it would do; [Container] does the
// part of it that makes sense in a container build.
//
// # What is guaranteed
//
//   - Names are resolved inside the root, whatever links are in it. FIFOs and devices
//     in the way are errors, they are not opened.
//   - A file is at its path with all its bytes, its owner and its mode, or it is not
//     there. Appending to a file that was there before is the exception.
//   - Nothing is written for a resource that cannot be fetched and verified.
//   - When the stage has succeeded, what it wrote is on the disk: the file systems are
//     synchronized once, at the end. A power failure before that is a stage that did
//     not finish.
//   - The log has no contents, keys or password hashes.
//
// # Order
//
// Directories, files and symbolic links are made by the depth of their paths, equal
// depths in the config's order (directories before files before links), hard links
// after all others. Contents may be fetched ahead of that, but entries appear, fail
// and are logged in order.
package files
