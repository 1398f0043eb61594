/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The fuzzer's bytes, and the calls that are made of them. */
#ifndef MODEL_INPUT_H
#define MODEL_INPUT_H

#include <stddef.h>

#include "model.h"

void input_begin(const uint8_t *data, size_t bytes);
int input_left(void);
uint8_t input_byte(void);
uint64_t input_word(void);
/* The next call of thread t. Most arguments mean something just now, so that many calls succeed. */
struct model_call input_call(uint32_t t);

#endif
