repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 i586
#>=Prv: A = 2-1
#>=Tim: 100
#>=Pkg: D 2 1 i586
#>=Prv: D = 2-1
#>=Tim: 100
#>=Pkg: D 1 1 i686
#>=Prv: D = 1-1
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 1 1 i686
#>=Prv: D = 1-1
#>=Prq: C
#>=Tim: 200
#>=Pkg: B 3 2 i686
#>=Prv: B = 3-2
#>=Tim: 200
#>=Pkg: A 1 2 i586
#>=Prv: A = 1-2
#>=Req: C
#>=Tim: 200
#>=Pkg: C 2 2 i586
#>=Prv: C = 2-2
#>=Req: A
#>=Req: C
#>=Tim: 100
#>=Pkg: C 2 2 i686
#>=Prv: C = 2-2
#>=Prq: X
#>=Prq: V
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 1 2 i686
#>=Prv: C = 1-2
#>=Prv: V
#>=Prv: V
#>=Req: W
#>=Req: W < 2
#>=Req: B
#>=Prq: D <> 1-1
#>=Tim: 100
#>=Pkg: C 1 1 i586
#>=Prv: C = 1-1
#>=Prq: C
#>=Tim: 100
#>=Pkg: B 3 1 i686
#>=Prv: B = 3-1
#>=Prv: X = 3
#>=Prv: V
#>=Req: V < 3-1
#>=Prq: A
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Req: X >= 2
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Tim: 100
system i686 rpm system
job update pkg B-3-2.i686@r1
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name D
#>job update pkg B-3-2.i686@r1
#>reason A-1-2.i586@r1 unit 1d62b5663295951dea8e3c6054840078
#>reason A-2-1.i586@system unit 843ae3c0f7319292a11cb045a9614a68
#>reason C-1-1.i586@r2 unit b1a8830e1cc34fd969cf69cd02a701eb
#>reason C-1-2.i686@r2 unit 376835343da09bad22dcf5f39dd1f22d
#>reason C-2-2.i586@r1 unit 0834874b015823c70b9308b3b2d86cdf
#>reason D-1-1.i686@r1 unit 9dfd4d03277f01ea66f6160f43cba9d0
#>reason D-1-1.i686@system unit 6f16f855013a41e7ad1b11a5d2078a0a
#>reason D-2-1.i586@system unit 374aaf00486f970bb71374d722b7a3a9
#>rule feature 057b6b3e50c2dabd329178fda494d308  D-1-1.i686@r1
#>rule feature 057b6b3e50c2dabd329178fda494d308  D-1-1.i686@r1
#>rule feature 057b6b3e50c2dabd329178fda494d308  D-1-1.i686@system
#>rule feature 057b6b3e50c2dabd329178fda494d308  D-1-1.i686@system
#>rule feature 057b6b3e50c2dabd329178fda494d308  D-2-1.i586@system
#>rule feature 057b6b3e50c2dabd329178fda494d308  D-2-1.i586@system
#>rule feature ca202b71bf38d442812bff4008a907dd  A-1-2.i586@r1
#>rule feature ca202b71bf38d442812bff4008a907dd  A-2-1.i586@system
#>rule infarch 0834874b015823c70b9308b3b2d86cdf -C-2-2.i586@r1
#>rule infarch b1a8830e1cc34fd969cf69cd02a701eb -C-1-1.i586@r2
#>rule pkg 14925f96e15af17d01d419bccf731d05 -B-1-1.noarch@r2
#>rule pkg 14925f96e15af17d01d419bccf731d05 -B-3-2.i686@r1
#>rule pkg 1d62b5663295951dea8e3c6054840078 -A-1-2.i586@r1
#>rule pkg 1d62b5663295951dea8e3c6054840078 -A-2-1.i586@system
#>rule pkg 376835343da09bad22dcf5f39dd1f22d -C-1-2.i686@r2
#>rule pkg 3dc19edaef405357cfcdf506b1c45a00  D-2-1.i586@system
#>rule pkg 3dc19edaef405357cfcdf506b1c45a00 -C-1-2.i686@r2
#>rule pkg 4301097ed382098d07ce1efbf5c60e9b -C-2-2.i586@r1
#>rule pkg 4301097ed382098d07ce1efbf5c60e9b -C-2-2.i686@r1
#>rule pkg 46ce1ff4b56d690dc4e70abc18576d82  C-1-1.i586@r2
#>rule pkg 46ce1ff4b56d690dc4e70abc18576d82  C-1-2.i686@r2
#>rule pkg 46ce1ff4b56d690dc4e70abc18576d82  C-2-2.i586@r1
#>rule pkg 46ce1ff4b56d690dc4e70abc18576d82  C-2-2.i686@r1
#>rule pkg 46ce1ff4b56d690dc4e70abc18576d82 -D-1-1.i686@r1
#>rule pkg 4d6616910c888774d4245930042efd4f -C-1-1.i586@r2
#>rule pkg 4d6616910c888774d4245930042efd4f -C-1-2.i686@r2
#>rule pkg 4febb8a19b28107f480570b207375368 -C-1-2.i686@r2
#>rule pkg 4febb8a19b28107f480570b207375368 -C-2-2.i586@r1
#>rule pkg 5212490d0596f422f1bab10d3b33174a  C-1-1.i586@r2
#>rule pkg 5212490d0596f422f1bab10d3b33174a  C-1-2.i686@r2
#>rule pkg 5212490d0596f422f1bab10d3b33174a  C-2-2.i586@r1
#>rule pkg 5212490d0596f422f1bab10d3b33174a  C-2-2.i686@r1
#>rule pkg 5212490d0596f422f1bab10d3b33174a -A-1-2.i586@r1
#>rule pkg 58c27b52c29f10d2afae551ec0884a57  B-3-1.i686@r2
#>rule pkg 58c27b52c29f10d2afae551ec0884a57  C-1-2.i686@r2
#>rule pkg 58c27b52c29f10d2afae551ec0884a57 -C-2-2.i686@r1
#>rule pkg 7a320cb3cab92670be55d957058366cf -B-1-1.noarch@r2
#>rule pkg 7a320cb3cab92670be55d957058366cf -B-3-1.noarch@r2
#>rule pkg 8416c73202575d143f8b6720ef393ec5 -B-3-1.i686@r2
#>rule pkg 8416c73202575d143f8b6720ef393ec5 -B-3-1.noarch@r2
#>rule pkg 905f59ea95f08970db3b705c795f52a7  B-3-1.i686@r2
#>rule pkg 905f59ea95f08970db3b705c795f52a7 -C-2-2.i686@r1
#>rule pkg 9753189b7f2e8f0d83b2ec43e1d2919f -B-1-1.noarch@r2
#>rule pkg 9753189b7f2e8f0d83b2ec43e1d2919f -B-3-1.i686@r2
#>rule pkg 9ae40fc9aefa7e397b2050cded145b52  A-1-2.i586@r1
#>rule pkg 9ae40fc9aefa7e397b2050cded145b52  A-2-1.i586@system
#>rule pkg 9ae40fc9aefa7e397b2050cded145b52 -C-2-2.i586@r1
#>rule pkg 9dfd4d03277f01ea66f6160f43cba9d0 -D-1-1.i686@r1
#>rule pkg 9dfd4d03277f01ea66f6160f43cba9d0 -D-2-1.i586@system
#>rule pkg 9ef4e6091358661e4d9906d65b651d4a -B-3-1.noarch@r2
#>rule pkg 9ef4e6091358661e4d9906d65b651d4a -B-3-2.i686@r1
#>rule pkg bf958982d24f1d20d45c0b4a2538807c -B-3-1.i686@r2
#>rule pkg bf958982d24f1d20d45c0b4a2538807c -B-3-2.i686@r1
#>rule pkg d2956df58cb455a53ab23d460551881b -C-1-1.i586@r2
#>rule pkg d2956df58cb455a53ab23d460551881b -C-2-2.i686@r1
#>rule pkg d9ae446eb76e1aeae8ac89b1f6d4465e  A-1-2.i586@r1
#>rule pkg d9ae446eb76e1aeae8ac89b1f6d4465e  A-2-1.i586@system
#>rule pkg d9ae446eb76e1aeae8ac89b1f6d4465e -B-3-1.i686@r2
#>rule pkg dc8875c78c942c6f482ecbf2d5311ae5 -D-1-1.i686@r1
#>rule pkg dc8875c78c942c6f482ecbf2d5311ae5 -D-1-1.i686@system
#>rule pkg dce9212980d2930d5cb858a56c0c4a76 -C-1-1.i586@r2
#>rule pkg dce9212980d2930d5cb858a56c0c4a76 -C-2-2.i586@r1
#>rule pkg eda322c08953b88002708c462d3e9f0f  B-1-1.noarch@r2
#>rule pkg eda322c08953b88002708c462d3e9f0f  B-3-1.i686@r2
#>rule pkg eda322c08953b88002708c462d3e9f0f  B-3-1.noarch@r2
#>rule pkg eda322c08953b88002708c462d3e9f0f  B-3-2.i686@r1
#>rule pkg eda322c08953b88002708c462d3e9f0f -C-1-2.i686@r2
#>rule pkg ef67c0a1427923aac7787c24688074d3 -C-1-2.i686@r2
#>rule pkg ef67c0a1427923aac7787c24688074d3 -C-2-2.i686@r1
#>rule pkg fc19f5b1d809c681323bba05c8f45b96  B-3-1.i686@r2
#>rule pkg fc19f5b1d809c681323bba05c8f45b96 -B-3-1.noarch@r2
#>rule update 374aaf00486f970bb71374d722b7a3a9  D-2-1.i586@system
#>rule update 6f16f855013a41e7ad1b11a5d2078a0a  D-1-1.i686@r1
#>rule update 6f16f855013a41e7ad1b11a5d2078a0a  D-1-1.i686@system
#>rule update 843ae3c0f7319292a11cb045a9614a68  A-2-1.i586@system
#>unneeded_filtered A-2-1.i586@system
#>unneeded_filtered D-1-1.i686@system
#>unneeded_filtered D-2-1.i586@system
