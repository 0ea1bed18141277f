// SPDX-License-Identifier: Apache-2.0
// The bytes of trusted_setup.bin as a constant; META138_TRUSTED_SETUP is the file's path.
    .section .rodata
    .balign 64
    .globl meta138_trusted_setup
    .globl meta138_trusted_setup_end
meta138_trusted_setup:
    .incbin META138_TRUSTED_SETUP
meta138_trusted_setup_end:
    .section .note.GNU-stack, "", @progbits
