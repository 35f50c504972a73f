// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
  bool,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  string,
} from '../declaration.js'

const request = {
  topics: array(
    {
      topic: string(),
      partitions: array(int32()),
    },
    { nullable: true },
  ),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16({ versions: '3+', ignorable: true }),
  results: array({
    errorCode: int16(),
    logDir: string(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        partitionSize: int64(),
        offsetLag: int64(),
        isFutureKey: bool(),
      }),
    }),
    totalBytes: int64({ versions: '4+', default: -1n, ignorable: true }),
    usableBytes: int64({ versions: '4+', default: -1n, ignorable: true }),
    isCordoned: bool({ versions: '5+', ignorable: true }),
  }),
}

/**
 * DescribeLogDirs: key 35, versions 1 to 5, flexible from 2.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DescribeLogDirs
 */
export const DescribeLogDirs: Api<
  DescribeLogDirsRequestInput,
  DescribeLogDirsResponse,
  DescribeLogDirsRequest,
  DescribeLogDirsResponseInput
> = api({
  name: 'DescribeLogDirs',
  key: 35,
  versions: '1-5',
  flexible: '2+',
  request,
  response,
})

/** DescribeLogDirsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeLogDirsRequest extends Decoded<typeof request> {}

/** DescribeLogDirsRequest as it may be written: without the fields that some version lacks. */
export interface DescribeLogDirsRequestInput extends Encodable<typeof request> {}

/** DescribeLogDirsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeLogDirsResponse extends Decoded<typeof response> {}

/** DescribeLogDirsResponse as it may be written: without the fields that some version lacks. */
export interface DescribeLogDirsResponseInput extends Encodable<typeof response> {}
