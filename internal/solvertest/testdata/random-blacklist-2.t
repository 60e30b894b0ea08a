repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Prv: B
#>=Prv: X
#>=Prv: V
#>=Prv: W
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Req: D
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 1 2 noarch
#>=Prv: D = 1-2
#>=Req: V
#>=Tim: 200
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Req: A
#>=Tim: 200
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 1 2 noarch
#>=Prv: D = 1-2
#>=Tim: 100
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Tim: 100
#>=Pkg: B 1 2 noarch
#>=Prv: B = 1-2
#>=Req: D = 1
#>=Req: A
#>=Req: W
#>=Req: E <= 2-2
#>=Prq: V
#>=Prq: D < 1
#>=Req: D = 2-2
#>=Prq: V
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Req: C > 3-1
#>=Req: C
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 1 2 noarch
#>=Prv: B = 1-2
#>=Req: A
#>=Tim: 100
#>=Pkg: E 1 2 noarch
#>=Prv: E = 1-2
#>=Tim: 200
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Tim: 200
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Tim: 200
#>=Pkg: B 2 2 noarch
#>=Prv: B = 2-2
#>=Prv: W = 3-1
#>=Req: D >= 3
#>=Tim: 200
system unset rpm system
job erase provides E <> 2
job blacklist pkg B-1-2.noarch@r3
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name B
#>autoinst name D
#>job blacklist pkg B-1-2.noarch@r3
#>job erase provides E <> 2
#>reason B-1-1.noarch@system keep 7d86bf32cf3891eb678a663f59123b33
#>reason B-1-2.noarch@r2 unit a286e83d58c5ad7d75a0d9013b5c33b8
#>reason B-1-2.noarch@r3 unit e86a551cdda3b3356bc96406a689fcb1
#>reason B-2-1.noarch@r1 unit f5132dc09d161298b7b164e1b1b56b54
#>reason B-2-2.noarch@r3 unit bc7dcfc990984f58227784d8b7b8683f
#>reason D-1-1.noarch@system keep c38a625de4deceefbd546a0eceac819b
#>reason D-1-2.noarch@r1 unit 470b80d9b1e8f3dedfb1c0308d04e552
#>reason D-1-2.noarch@r2 unit 04fe8b705430e881aedced8300baf33b
#>reason E-1-2.noarch@r3 unit b1e7b4ef7d0a636c506278881fd50ae6
#>rule black e86a551cdda3b3356bc96406a689fcb1 -B-1-2.noarch@r3
#>rule job b1e7b4ef7d0a636c506278881fd50ae6 -E-1-2.noarch@r3
#>rule pkg 04fe8b705430e881aedced8300baf33b -D-1-1.noarch@system
#>rule pkg 04fe8b705430e881aedced8300baf33b -D-1-2.noarch@r2
#>rule pkg 0908c66b89a1d431e912d3a950e904d2  A-1-1.noarch@r3
#>rule pkg 0908c66b89a1d431e912d3a950e904d2 -B-1-2.noarch@r3
#>rule pkg 1060091e9fed813e42fb6722f6ba028f -E-1-2.noarch@r3
#>rule pkg 1060091e9fed813e42fb6722f6ba028f -E-2-1.noarch@r3
#>rule pkg 17050cbfd5c09c1084d047d514a0d446  D-1-1.noarch@system
#>rule pkg 17050cbfd5c09c1084d047d514a0d446  D-1-2.noarch@r1
#>rule pkg 17050cbfd5c09c1084d047d514a0d446  D-1-2.noarch@r2
#>rule pkg 17050cbfd5c09c1084d047d514a0d446 -B-1-2.noarch@r2
#>rule pkg 423f83c677fd5646f1b9484ae885ca32 -B-1-2.noarch@r2
#>rule pkg 423f83c677fd5646f1b9484ae885ca32 -B-2-1.noarch@r1
#>rule pkg 45fd05175f53245cb4494f812b7a1a4a -B-2-1.noarch@r1
#>rule pkg 45fd05175f53245cb4494f812b7a1a4a -B-2-2.noarch@r3
#>rule pkg 470b80d9b1e8f3dedfb1c0308d04e552 -D-1-1.noarch@system
#>rule pkg 470b80d9b1e8f3dedfb1c0308d04e552 -D-1-2.noarch@r1
#>rule pkg 5acec49f892b4f49cf177e13f78e2096  D-1-1.noarch@system
#>rule pkg 5acec49f892b4f49cf177e13f78e2096  D-1-2.noarch@r1
#>rule pkg 5acec49f892b4f49cf177e13f78e2096  D-1-2.noarch@r2
#>rule pkg 5acec49f892b4f49cf177e13f78e2096 -B-1-1.noarch@system
#>rule pkg 5bb6f77ae95a2c0c4bd662d2071751da -B-1-1.noarch@system
#>rule pkg 5bb6f77ae95a2c0c4bd662d2071751da -B-1-2.noarch@r2
#>rule pkg 7635c74069098febbf82baaadc0a441a -B-1-2.noarch@r2
#>rule pkg 7635c74069098febbf82baaadc0a441a -B-2-2.noarch@r3
#>rule pkg 7be90a0f18d663a3c28428533420ed45  D-1-1.noarch@system
#>rule pkg 7be90a0f18d663a3c28428533420ed45 -B-1-2.noarch@r2
#>rule pkg a286e83d58c5ad7d75a0d9013b5c33b8 -B-1-2.noarch@r2
#>rule pkg a602c0b379a2250772a934702187e9b8  A-1-1.noarch@r3
#>rule pkg a602c0b379a2250772a934702187e9b8 -B-2-1.noarch@r1
#>rule pkg a934d719ccf8b67cad2001c3e98864ac -E-2-1.noarch@r2
#>rule pkg a934d719ccf8b67cad2001c3e98864ac -E-2-1.noarch@r3
#>rule pkg a9575ac9a6de6059fbf2f9bd5204269b  B-2-2.noarch@r3
#>rule pkg a9575ac9a6de6059fbf2f9bd5204269b  D-1-1.noarch@system
#>rule pkg a9575ac9a6de6059fbf2f9bd5204269b -B-1-2.noarch@r2
#>rule pkg b441f4c8abca1c55ff6dfd9264b343ae  D-1-1.noarch@system
#>rule pkg b441f4c8abca1c55ff6dfd9264b343ae -D-1-2.noarch@r1
#>rule pkg bc7dcfc990984f58227784d8b7b8683f -B-2-2.noarch@r3
#>rule pkg ca2c8949394a6e449f753f64a5fb701e -E-1-2.noarch@r3
#>rule pkg ca2c8949394a6e449f753f64a5fb701e -E-2-1.noarch@r2
#>rule pkg d0298e699310aba15db3c77fc82337b6 -B-1-1.noarch@system
#>rule pkg d0298e699310aba15db3c77fc82337b6 -B-1-2.noarch@r3
#>rule pkg d6abeacaf659f56ce2875eea2a671c78 -B-1-2.noarch@r2
#>rule pkg d6abeacaf659f56ce2875eea2a671c78 -B-1-2.noarch@r3
#>rule pkg de054b11bb4962301d04518128206d9b  E-1-2.noarch@r3
#>rule pkg de054b11bb4962301d04518128206d9b  E-2-1.noarch@r2
#>rule pkg de054b11bb4962301d04518128206d9b  E-2-1.noarch@r3
#>rule pkg de054b11bb4962301d04518128206d9b -B-1-2.noarch@r2
#>rule pkg df84a006dfc9fb15419a5eb3608d7926 -D-1-2.noarch@r1
#>rule pkg df84a006dfc9fb15419a5eb3608d7926 -D-1-2.noarch@r2
#>rule pkg e3baee43702c0544550656e940fc77dd -B-1-2.noarch@r3
#>rule pkg e3baee43702c0544550656e940fc77dd -B-2-2.noarch@r3
#>rule pkg e8571ee893ed212b9f3c44e828dd68d0 -B-1-2.noarch@r3
#>rule pkg e8571ee893ed212b9f3c44e828dd68d0 -B-2-1.noarch@r1
#>rule pkg eb02acc024bdcdf44d8cd04627635657  A-1-1.noarch@r3
#>rule pkg eb02acc024bdcdf44d8cd04627635657 -B-1-2.noarch@r2
#>rule pkg f08c9fab3e854da59906d49a440d7dcb -B-1-1.noarch@system
#>rule pkg f08c9fab3e854da59906d49a440d7dcb -B-2-2.noarch@r3
#>rule pkg f5132dc09d161298b7b164e1b1b56b54 -B-1-1.noarch@system
#>rule pkg f5132dc09d161298b7b164e1b1b56b54 -B-2-1.noarch@r1
#>rule update 7d86bf32cf3891eb678a663f59123b33  B-1-1.noarch@system
#>rule update 7d86bf32cf3891eb678a663f59123b33  B-1-2.noarch@r2
#>rule update 7d86bf32cf3891eb678a663f59123b33  B-1-2.noarch@r3
#>rule update 7d86bf32cf3891eb678a663f59123b33  B-2-1.noarch@r1
#>rule update 7d86bf32cf3891eb678a663f59123b33  B-2-2.noarch@r3
#>rule update c38a625de4deceefbd546a0eceac819b  D-1-1.noarch@system
#>rule update c38a625de4deceefbd546a0eceac819b  D-1-2.noarch@r1
#>rule update c38a625de4deceefbd546a0eceac819b  D-1-2.noarch@r2
#>unneeded D-1-1.noarch@system
#>unneeded_filtered B-1-1.noarch@system
