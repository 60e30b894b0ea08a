# Run in the /etc of a deployment of the first commit: one edit for each corner case of the merge.
set -e
echo admin >content
chmod 600 mode
chown 12:34 owner
setfattr -n user.a -v 1 xattr 2>/dev/null || true
setfattr -n user.a -v 1 xattr2 2>/dev/null || true
echo admin >xattr2
printf new >becomesnew
rm file2link; ln -s somewhere file2link
rm link2file; echo file >link2file
rm file2dir; mkdir file2dir; echo x >file2dir/x; mkdir file2dir/y
rm -r dir2filegone; echo file >dir2filegone
chmod 700 dirchmod
chmod 711 dirchmod2; echo x >dirchmod2/new
echo x >dirgone/new; chmod 750 dirgone
rm -r dirremoved
rm emptied/x
rm removed
rm relink; ln -s three relink
echo edited >onlyoldedited
chmod 777 .
echo one >hard1; ln hard1 hard2
mkdir -p empty/one/two; chmod 701 empty/one
ln -s /nowhere dangling
mkdir -p added/tree; echo x >added/tree/file; chmod 4755 added/tree/file; touch -d @1000000000 added/tree/file
echo x >deep/a/b/new; chmod 700 deep/a
