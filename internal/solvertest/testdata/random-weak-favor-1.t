repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Req: nosuch
#>=Sup: X
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Sup: X
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Tim: 200
system unset rpm system
job install oneof A-2-1.noarch@system B-1-1.noarch@r1
job install pkg B-1-1.noarch@system
job install provides X
job excludefromweak name C
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>job excludefromweak name C
#>job install oneof A-2-1.noarch@system B-1-1.noarch@r1
#>job install pkg B-1-1.noarch@system
#>job install provides X
#>problem c43b1300 info nothing provides requested X
#>problem c43b1300 solution e643aaeb deljob install provides X
#>reason A-1-1.noarch@r1 unit 71be78753eaa894cf4040a90c00ad434
#>reason A-2-1.noarch@system unit 4e186cf444c8c4d2856c11e0cb0ea37a
#>reason B-1-1.noarch@r1 unit cde671b0ddc5ada8021d085bb7953fbf
#>reason B-1-1.noarch@system unit 47e408409ed10102756ab2d7b46334ef
#>rule feature 7887d0ebaf0f06b9c080c87c65ee840f  A-1-1.noarch@r1
#>rule feature 7887d0ebaf0f06b9c080c87c65ee840f  A-2-1.noarch@system
#>rule job 34cee70e605b51d32a4b89d08b2ce0f7  A-2-1.noarch@system
#>rule job 34cee70e605b51d32a4b89d08b2ce0f7  B-1-1.noarch@r1
#>rule job 47e408409ed10102756ab2d7b46334ef  B-1-1.noarch@system
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule pkg 71be78753eaa894cf4040a90c00ad434 -A-1-1.noarch@r1
#>rule pkg 71be78753eaa894cf4040a90c00ad434 -A-2-1.noarch@system
#>rule pkg cde671b0ddc5ada8021d085bb7953fbf -B-1-1.noarch@r1
#>rule pkg cde671b0ddc5ada8021d085bb7953fbf -B-1-1.noarch@system
#>rule update 4e186cf444c8c4d2856c11e0cb0ea37a  A-2-1.noarch@system
#>rule update c1f3897b9c19ac5e029cb93468a31176  B-1-1.noarch@r1
#>rule update c1f3897b9c19ac5e029cb93468a31176  B-1-1.noarch@system
#>userinstalled pkg A-2-1.noarch@system
#>userinstalled pkg B-1-1.noarch@system
