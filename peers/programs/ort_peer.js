#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// ONNX Runtime as an engine: a model of one Conv or ConvTranspose, built in memory, speaks the pipe
// protocol of docs/peers.md. Weights and bias are initializers, as in a model that was loaded.
'use strict';

const fs = require('fs');
const { createRequire } = require('module');

const requests = Number(process.env.CONVCHECK_REQUEST_FD);
const answers = Number(process.env.CONVCHECK_ANSWER_FD);
const modules = process.env.CONVCHECK_NODE_MODULES || '@CONVCHECK_NODE_MODULES@';
const ort = createRequire(`${modules}/`)('onnxruntime-node');
const ortVersion = createRequire(`${modules}/`)('onnxruntime-node/package.json').version;

const product = (list) => list.reduce((a, b) => a * b, 1);

// Protocol Buffers, as far as onnx.proto needs them: a message is a list of fields.
function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
const number = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
function block(field, content) {
  const body = Array.isArray(content) ? Buffer.concat(content) : Buffer.from(content);
  return Buffer.concat([varint((field << 3) | 2), varint(body.length), body]);
}

// Fields by number of ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto, ValueInfoProto.
const FLOAT = 1;
const integers = (name, values) =>
  block(5, [block(1, name), ...values.map((v) => number(8, v)), number(20, 7)]);
const integer = (name, value) => block(5, [block(1, name), number(3, value), number(20, 2)]);
const initializer = (name, dims, bytes) =>
  block(5, [...dims.map((d) => number(1, d)), number(2, FLOAT), block(8, name), block(9, bytes)]);
const value = (field, name, dims) =>
  block(field, [
    block(1, name),
    block(2, [block(1, [number(1, FLOAT), block(2, dims.map((d) => block(1, [number(1, d)])))])]),
  ]);

function shapes(p) {
  return {
    x: [p.batch, p.in_channels, ...p.x_extent],
    w: [p.out_channels, p.in_channels / p.groups, ...p.w_extent],
    y: [p.batch, p.out_channels, ...p.y_extent],
    bias: [p.operation === 'conv' ? p.out_channels : p.in_channels],
  };
}

// Padding at the end for the floor formula, where the exact one may be negative.
const floorEnd = (p) => p.pad_end.map((end) => Math.max(end, 0));

function model(p, weights, bias) {
  const forward = p.operation === 'conv';
  const shape = shapes(p);
  const names = bias ? ['in', 'w', 'b'] : ['in', 'w'];
  const node = [
    ...names.map((name) => block(1, name)),
    block(2, 'out'),
    block(4, forward ? 'Conv' : 'ConvTranspose'),
    integers('kernel_shape', p.w_extent),
    integers('strides', p.stride),
    integers('dilations', p.dilation),
    integers('pads', [...p.pad_begin, ...floorEnd(p)]),
    integer('group', p.groups),
  ];
  if (!forward) node.push(integers('output_padding', p.pad_end.map((end) => Math.max(-end, 0))));
  const graph = [block(1, node), block(2, 'convolution'), initializer('w', shape.w, weights)];
  if (bias) graph.push(initializer('b', shape.bias, bias));
  graph.push(value(11, 'in', forward ? shape.x : shape.y));
  graph.push(value(12, 'out', forward ? shape.y : shape.x));
  return Buffer.concat([number(1, 8), block(7, graph), block(8, [block(1, ''), number(2, 13)])]);
}

// Why a problem is refused, or null.
function lacking(step) {
  if ('shuffle' in step) return 'chains are not offered';
  if (step.operation === 'wgrad') return 'ONNX Runtime has no operator for it';
  if (['x_type', 'w_type', 'y_type'].some((key) => step[key] !== 'f32')) return 'f32 is offered';
  if (step.padding_mode !== 'zeros') return 'no padding mode but zeros';
  if (step.pad_begin.some((pad) => pad < 0)) return 'no negative padding';
  if (step.pad_end.some((end, axis) => end <= -step.stride[axis])) {
    return 'no padding at the end at or below -stride';
  }
  const counts = [step.batch, step.in_channels, step.out_channels, ...step.x_extent];
  if ([...counts, ...step.y_extent].includes(0)) return 'tensors without elements are not offered';
  return null;
}

let tensorFd = -1;

function bytesOf(entry) {
  const bytes = Buffer.alloc(entry.bytes);
  for (let done = 0; done < entry.bytes;) {
    done += fs.readSync(tensorFd, bytes, done, entry.bytes - done, entry.offset + done);
  }
  return bytes;
}

function write(fd, bytes, position) {
  for (let done = 0; done < bytes.length;) {
    const at = position === null ? null : position + done;
    done += fs.writeSync(fd, bytes, done, bytes.length - done, at);
  }
}

// The taps of each filter in reverse order: ONNX only has cross-correlation.
function reversedTaps(bytes, taps) {
  const from = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const to = new Float32Array(from.length);
  for (let i = 0; i < from.length; i += 1) to[i - (i % taps) + (taps - 1 - (i % taps))] = from[i];
  return Buffer.from(to.buffer);
}

const find = (entries, role) => entries.find((entry) => entry.role === role);

function feed(p, entries) {
  const entry = find(entries, p.operation === 'conv' ? 'x' : 'y');
  const bytes = bytesOf(entry);
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  return { in: new ort.Tensor('float32', values, entry.shape) };
}

async function session(p, request) {
  let weights = bytesOf(find(request.operands, 'w'));
  if (p.orientation === 'convolution') weights = reversedTaps(weights, product(p.w_extent));
  const bias = find(request.operands, 'bias');
  return ort.InferenceSession.create(model(p, weights, bias ? bytesOf(bias) : null), {
    intraOpNumThreads: request.environment?.threads ?? 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
}

const now = () => Number(process.hrtime.bigint()) * 1e-9;

async function time(run, wanted, first, last) {
  let start = now();
  let result = await run(first);
  const once = now() - start;
  if (once > wanted.budget_seconds) {
    return { result, timing: { over_budget: true, lower_bound_seconds: once } };
  }
  let calls = wanted.calls > 0 ? wanted.calls : 1;
  for (;;) {
    start = now();
    for (let i = 1; i < calls; i += 1) await run(first);
    result = await run(last);
    const elapsed = now() - start;
    if (wanted.calls > 0 || elapsed >= wanted.min_block_seconds) {
      return { result, timing: { calls, seconds_per_call: elapsed / calls, algorithm: 'onnx' } };
    }
    const enough = Math.ceil((1.1 * calls * wanted.min_block_seconds) / elapsed);
    calls = Math.max(2 * calls, Math.min(100 * calls, enough));
  }
}

async function outcome(request) {
  const reason = request.steps.length > 1 ? 'chains are not offered' : lacking(request.steps[0]);
  if (reason !== null) return { outcome: 'refused', reason };
  const p = request.steps[0];
  const start = now();
  const made = await session(p, request);
  const prepareSeconds = now() - start;
  try {
    const run = async (feeds) => (await made.run(feeds)).out;
    const first = feed(p, request.operands);
    let result;
    let timing;
    if (request.request === 'time') {
      const last = request.last_operands ? feed(p, request.last_operands) : first;
      ({ result, timing } = await time(run, request.timing, first, last));
      if (!timing.over_budget) timing.prepare_seconds = prepareSeconds;
    } else {
      result = await run(first);
    }
    const { data } = result;
    write(tensorFd, Buffer.from(data.buffer, data.byteOffset, data.byteLength), request.output.offset);
    if (timing) return { outcome: 'completed', timing };
    return { outcome: 'completed', algorithm: 'onnx', claim: { algorithm: 'direct' } };
  } finally {
    await made.release();
  }
}

async function answer(request) {
  switch (request.request) {
    case 'hello':
      tensorFd = request.tensor_fd;
      return { protocol: 1, info: { version: `ONNX Runtime ${ortVersion} (npm)`, licence: 'MIT' } };
    case 'supports': {
      const reason = request.steps.length > 1 ? 'chains are not offered' : lacking(request.steps[0]);
      return reason === null ? { supported: true } : { supported: false, reason };
    }
    case 'run':
    case 'time':
      return outcome(request);
    default:
      return { error: { message: `unknown request ${request.request}` } };
  }
}

function readExactly(count) {
  const bytes = Buffer.alloc(count);
  for (let done = 0; done < count;) {
    const part = fs.readSync(requests, bytes, done, count - done, null);
    if (part === 0) process.exit(0);
    done += part;
  }
  return bytes;
}

async function main() {
  if (process.argv[2]) throw new Error(`no variant ${process.argv[2]}; there are none`);
  for (;;) {
    const request = JSON.parse(readExactly(readExactly(4).readUInt32LE()).toString());
    if (request.request === 'quit') return;
    let reply;
    try {
      reply = await answer(request);
    } catch (error) {
      console.error(error);
      reply = { outcome: 'failed', reason: String(error.message).slice(0, 2000) };
    }
    const body = Buffer.from(JSON.stringify({ id: request.id, ...reply }));
    const head = Buffer.alloc(4);
    head.writeUInt32LE(body.length);
    write(answers, Buffer.concat([head, body]), null);
  }
}

main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(2);
});
