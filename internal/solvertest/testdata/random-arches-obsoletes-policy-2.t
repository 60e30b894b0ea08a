repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 1 1 i586
#>=Prv: B = 1-1
#>=Req: B
#>=Tim: 100
#>=Pkg: B 2 1 x86_64
#>=Prv: B = 2-1
#>=Prv: W
#>=Prv: X = 1-1
#>=Req: D <= 2-2
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 1 1 x86_64
#>=Prv: C = 1-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 2 x86_64
#>=Prv: A = 2-2
#>=Prv: D
#>=Prq: B
#>=Req: A
#>=Req: C >= 1-1
#>=Tim: 100
#>=Pkg: B 2 2 noarch
#>=Prv: B = 2-2
#>=Prv: V
#>=Tim: 200
#>=Pkg: A 3 1 i686
#>=Prv: A = 3-1
#>=Prv: V
#>=Tim: 100
#>=Pkg: B 1 1 badarch
#>=Prv: B = 1-1
#>=Tim: 200
#>=Pkg: B 1 2 x86_64
#>=Prv: B = 1-2
#>=Tim: 100
system unset rpm system
solverflags !allownamechange
job install name A
job update all packages
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name B
#>install A-3-1.i686@r2
#>job install name A
#>job update all packages
#>reason A-2-2.x86_64@r2 unit 34a3d93a1825e8e81d2061c212594bcb
#>reason A-3-1.i686@r2 job 702958ebf7fcb821a1e0b490658ca1eb
#>reason B-1-1.badarch@r2 unit 6166d3d36a4efd87fd1436a3ce1aac21
#>reason B-1-1.i586@system unit ca7fcac2819da8994369bf6090bfc39a
#>reason B-1-2.x86_64@r2 unit b40bb18cca8a5072c81d196e1deb9a5a
#>reason B-2-1.x86_64@system unit 481fc4c3afeeecb58422ce8d2cae05b2
#>reason B-2-2.noarch@r2 update 12883aa2661ec210efb5afc2345ab122
#>rule feature 12883aa2661ec210efb5afc2345ab122  B-1-1.badarch@r2
#>rule feature 12883aa2661ec210efb5afc2345ab122  B-1-1.i586@system
#>rule feature 12883aa2661ec210efb5afc2345ab122  B-1-2.x86_64@r2
#>rule feature 12883aa2661ec210efb5afc2345ab122  B-2-1.x86_64@system
#>rule feature 12883aa2661ec210efb5afc2345ab122  B-2-2.noarch@r2
#>rule job 702958ebf7fcb821a1e0b490658ca1eb  A-2-2.x86_64@r2
#>rule job 702958ebf7fcb821a1e0b490658ca1eb  A-3-1.i686@r2
#>rule pkg 34a3d93a1825e8e81d2061c212594bcb -A-2-2.x86_64@r2
#>rule pkg 34a3d93a1825e8e81d2061c212594bcb -A-3-1.i686@r2
#>rule pkg 481fc4c3afeeecb58422ce8d2cae05b2 -B-2-1.x86_64@system
#>rule pkg 481fc4c3afeeecb58422ce8d2cae05b2 -B-2-2.noarch@r2
#>rule pkg 48a9e0b0ae6f19bb08cbdd1acc3f7e49 -B-1-1.badarch@r2
#>rule pkg 48a9e0b0ae6f19bb08cbdd1acc3f7e49 -B-1-1.i586@system
#>rule pkg 4b42d7c4d37c88c331649320a46f626e  C-1-1.x86_64@r1
#>rule pkg 4b42d7c4d37c88c331649320a46f626e -A-2-2.x86_64@r2
#>rule pkg 6166d3d36a4efd87fd1436a3ce1aac21 -B-1-1.badarch@r2
#>rule pkg 6166d3d36a4efd87fd1436a3ce1aac21 -B-2-2.noarch@r2
#>rule pkg 66b09a591bd23e923030926c77a30c04  B-1-1.badarch@r2
#>rule pkg 66b09a591bd23e923030926c77a30c04  B-1-1.i586@system
#>rule pkg 66b09a591bd23e923030926c77a30c04  B-1-2.x86_64@r2
#>rule pkg 66b09a591bd23e923030926c77a30c04  B-2-1.x86_64@system
#>rule pkg 66b09a591bd23e923030926c77a30c04  B-2-2.noarch@r2
#>rule pkg 66b09a591bd23e923030926c77a30c04 -A-2-2.x86_64@r2
#>rule pkg 6cb579b4b86f4b4fc63522dc5c0e4a8c -B-1-1.badarch@r2
#>rule pkg 6cb579b4b86f4b4fc63522dc5c0e4a8c -B-2-1.x86_64@system
#>rule pkg 830f4cdba9dbe05b58c895be2c7b48bf -B-1-1.i586@system
#>rule pkg 830f4cdba9dbe05b58c895be2c7b48bf -B-1-2.x86_64@r2
#>rule pkg a5285b69c763f62174e72964ea23d3f2 -B-1-2.x86_64@r2
#>rule pkg a5285b69c763f62174e72964ea23d3f2 -B-2-1.x86_64@system
#>rule pkg b40bb18cca8a5072c81d196e1deb9a5a -B-1-2.x86_64@r2
#>rule pkg b40bb18cca8a5072c81d196e1deb9a5a -B-2-2.noarch@r2
#>rule pkg ca7fcac2819da8994369bf6090bfc39a -B-1-1.i586@system
#>rule pkg ca7fcac2819da8994369bf6090bfc39a -B-2-2.noarch@r2
#>rule pkg de7214b2c8dde34bd820fa05f6312aaf -B-1-1.badarch@r2
#>rule pkg de7214b2c8dde34bd820fa05f6312aaf -B-1-2.x86_64@r2
#>rule update 12883aa2661ec210efb5afc2345ab122  B-1-1.badarch@r2
#>rule update 12883aa2661ec210efb5afc2345ab122  B-1-1.i586@system
#>rule update 12883aa2661ec210efb5afc2345ab122  B-1-2.x86_64@r2
#>rule update 12883aa2661ec210efb5afc2345ab122  B-2-1.x86_64@system
#>rule update 12883aa2661ec210efb5afc2345ab122  B-2-2.noarch@r2
#>rule update 747ca064346029a07fa72c1b83d0897e  B-2-1.x86_64@system
#>rule update 747ca064346029a07fa72c1b83d0897e  B-2-2.noarch@r2
#>upgrade B-1-1.i586@system B-2-2.noarch@r2
#>upgrade B-2-1.x86_64@system B-2-2.noarch@r2
#>userinstalled pkg A-3-1.i686@r2
